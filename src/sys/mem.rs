//! Copies and comparisons of a few bytes, for the static build: its C library copies with a string instruction that takes
//! thirty cycles to begin and compares byte by byte, and a decision does some hundred of each (measured: an eighth of a
//! batch). In assembly, because a compiler makes a call of the very function out of a loop that copies.

/// `memcpy(3)`; also right for pieces that overlap, if they are of at most 64 bytes or the target begins before the source.
#[unsafe(naked)]
#[cfg_attr(target_env = "musl", unsafe(export_name = "memcpy"))]
unsafe extern "C" fn copy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    core::arch::naked_asm!(
        // Four pieces that may overlap, all read before one is written: one way for all lengths of a kind, for a wrong
        // guess of the length costs more than a piece too many.
        "mov rax, rdi",
        "cmp rdx, 16",
        "jb 4f",
        "cmp rdx, 64",
        "ja 3f",
        "lea r8, [rdx - 16]",
        "mov ecx, 16",
        "cmp r8, rcx",
        "cmovb rcx, r8",
        "mov r9, r8",
        "sub r9, rcx",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + rcx]",
        "movups xmm2, [rsi + r9]",
        "movups xmm3, [rsi + r8]",
        "movups [rdi], xmm0",
        "movups [rdi + rcx], xmm1",
        "movups [rdi + r9], xmm2",
        "movups [rdi + r8], xmm3",
        "ret",
        // More: the last 64 are read first and written last.
        "3:",
        "movups xmm1, [rsi + rdx - 16]",
        "movups xmm3, [rsi + rdx - 32]",
        "movups xmm4, [rsi + rdx - 64]",
        "movups xmm5, [rsi + rdx - 48]",
        "lea rdx, [rdi + rdx - 64]",
        "7:",
        "movups xmm0, [rsi]",
        "movups xmm2, [rsi + 16]",
        "movups xmm6, [rsi + 32]",
        "movups xmm7, [rsi + 48]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm2",
        "movups [rdi + 32], xmm6",
        "movups [rdi + 48], xmm7",
        "add rsi, 64",
        "add rdi, 64",
        "cmp rdi, rdx",
        "jb 7b",
        "movups [rdx], xmm4",
        "movups [rdx + 16], xmm5",
        "movups [rdx + 32], xmm3",
        "movups [rdx + 48], xmm1",
        "ret",
        // From 4 to 15.
        "4:",
        "cmp edx, 4",
        "jb 6f",
        "lea r8d, [rdx - 4]",
        "mov ecx, 4",
        "cmp r8d, ecx",
        "cmovb ecx, r8d",
        "mov r9d, r8d",
        "sub r9d, ecx",
        "mov r10d, [rsi]",
        "mov r11d, [rsi + rcx]",
        "mov edx, [rsi + r9]",
        "mov esi, [rsi + r8]",
        "mov [rdi], r10d",
        "mov [rdi + rcx], r11d",
        "mov [rdi + r9], edx",
        "mov [rdi + r8], esi",
        "ret",
        // Up to three: the first, the middle and the last.
        "6:",
        "test edx, edx",
        "jz 8f",
        "mov r10d, edx",
        "shr r10d",
        "movzx ecx, byte ptr [rsi]",
        "movzx r8d, byte ptr [rsi + r10]",
        "movzx r9d, byte ptr [rsi + rdx - 1]",
        "mov [rdi], cl",
        "mov [rdi + r10], r8b",
        "mov [rdi + rdx - 1], r9b",
        "8:",
        "ret",
    )
}

/// `memmove(3)`.
#[unsafe(naked)]
#[cfg_attr(target_env = "musl", unsafe(export_name = "memmove"))]
unsafe extern "C" fn displace(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    core::arch::naked_asm!(
        "mov rax, rdi",
        "sub rax, rsi",
        "cmp rax, rdx",
        "jae {copy}",
        "cmp rdx, 64",
        "jbe {copy}",
        // The target begins within the source: from the end, the first 64 read first and written last.
        "mov rax, rdi",
        "movups xmm4, [rsi]",
        "movups xmm5, [rsi + 16]",
        "movups xmm6, [rsi + 32]",
        "movups xmm7, [rsi + 48]",
        "2:",
        "movups xmm0, [rsi + rdx - 16]",
        "movups xmm1, [rsi + rdx - 32]",
        "movups xmm2, [rsi + rdx - 48]",
        "movups xmm3, [rsi + rdx - 64]",
        "movups [rdi + rdx - 16], xmm0",
        "movups [rdi + rdx - 32], xmm1",
        "movups [rdi + rdx - 48], xmm2",
        "movups [rdi + rdx - 64], xmm3",
        "sub rdx, 64",
        "cmp rdx, 64",
        "ja 2b",
        "movups [rdi], xmm4",
        "movups [rdi + 16], xmm5",
        "movups [rdi + 32], xmm6",
        "movups [rdi + 48], xmm7",
        "ret",
        copy = sym copy,
    )
}

/// `memcmp(3)`.
#[unsafe(naked)]
#[cfg_attr(target_env = "musl", unsafe(export_name = "memcmp"))]
unsafe extern "C" fn compare(one: *const u8, other: *const u8, count: usize) -> core::ffi::c_int {
    core::arch::naked_asm!(
        "cmp rdx, 16",
        "jb 4f",
        // Sixteen by sixteen, the last ones from the end.
        "sub rdx, 16",
        "xor ecx, ecx",
        "2:",
        "movdqu xmm0, [rdi + rcx]",
        "movdqu xmm1, [rsi + rcx]",
        "pcmpeqb xmm0, xmm1",
        "pmovmskb eax, xmm0",
        "xor eax, 0xffff",
        "jnz 3f",
        "cmp rcx, rdx",
        "je 9f",
        "add rcx, 16",
        "cmp rcx, rdx",
        "cmova rcx, rdx",
        "jmp 2b",
        "3:",
        "bsf eax, eax",
        "add rcx, rax",
        "movzx eax, byte ptr [rdi + rcx]",
        "movzx ecx, byte ptr [rsi + rcx]",
        "sub eax, ecx",
        "ret",
        "4:",
        "cmp edx, 8",
        "jb 5f",
        "mov rax, [rdi]",
        "mov rcx, [rsi]",
        "cmp rax, rcx",
        "jne 7f",
        "mov rax, [rdi + rdx - 8]",
        "mov rcx, [rsi + rdx - 8]",
        "cmp rax, rcx",
        "jne 7f",
        "xor eax, eax",
        "ret",
        "5:",
        "cmp edx, 4",
        "jb 6f",
        "mov eax, [rdi]",
        "mov ecx, [rsi]",
        "cmp eax, ecx",
        "jne 8f",
        "mov eax, [rdi + rdx - 4]",
        "mov ecx, [rsi + rdx - 4]",
        "cmp eax, ecx",
        "jne 8f",
        "xor eax, eax",
        "ret",
        // Up to three: the first, the middle and the last.
        "6:",
        "xor eax, eax",
        "test edx, edx",
        "jz 9f",
        "mov r8d, edx",
        "shr r8d",
        "movzx eax, byte ptr [rdi]",
        "movzx ecx, byte ptr [rsi]",
        "sub eax, ecx",
        "jnz 9f",
        "movzx eax, byte ptr [rdi + r8]",
        "movzx ecx, byte ptr [rsi + r8]",
        "sub eax, ecx",
        "jnz 9f",
        "movzx eax, byte ptr [rdi + rdx - 1]",
        "movzx ecx, byte ptr [rsi + rdx - 1]",
        "sub eax, ecx",
        "ret",
        // The first byte that differs counts most.
        "7:",
        "bswap rax",
        "bswap rcx",
        "cmp rax, rcx",
        "sbb eax, eax",
        "or eax, 1",
        "ret",
        "8:",
        "bswap eax",
        "bswap ecx",
        "cmp eax, ecx",
        "sbb eax, eax",
        "or eax, 1",
        "9:",
        "ret",
    )
}

/// `bcmp(3)`: whether they differ.
#[unsafe(naked)]
#[cfg_attr(target_env = "musl", unsafe(export_name = "bcmp"))]
unsafe extern "C" fn differ(one: *const u8, other: *const u8, count: usize) -> core::ffi::c_int {
    core::arch::naked_asm!(
        "cmp rdx, 16",
        "jae {compare}",
        "cmp edx, 4",
        "jb {compare}",
        // As in `copy`.
        "lea r8d, [rdx - 4]",
        "mov ecx, 4",
        "cmp r8d, ecx",
        "cmovb ecx, r8d",
        "sub edx, 4",
        "sub edx, ecx",
        "mov eax, [rdi]",
        "xor eax, [rsi]",
        "mov r9d, [rdi + rcx]",
        "xor r9d, [rsi + rcx]",
        "or eax, r9d",
        "mov r9d, [rdi + rdx]",
        "xor r9d, [rsi + rdx]",
        "or eax, r9d",
        "mov r9d, [rdi + r8]",
        "xor r9d, [rsi + r8]",
        "or eax, r9d",
        "ret",
        compare = sym compare,
    )
}

#[cfg(test)]
mod tests {
    use super::{compare, differ, displace};

    /// Every length to beyond the last case, from every place of a piece that overlaps or does not.
    #[test]
    fn copies_whatever_the_length_and_the_distance() {
        for count in 0..300 {
            for distance in [1, 3, 8, 15, 17, 40, 64, 100, 400] {
                let bytes: Vec<u8> = (0..800_u32).map(|i| (i * 7 % 251) as u8).collect();
                let (mut ours, mut expected) = (bytes.clone(), bytes);
                let far = 20 + distance;
                for (to, from) in [(20, far), (far, 20)] {
                    expected.copy_within(from..from + count, to);
                    // SAFETY: both pieces lie within the vector.
                    unsafe {
                        let start = ours.as_mut_ptr();
                        assert_eq!(displace(start.add(to), start.add(from), count), start.add(to));
                    }
                    assert_eq!(ours, expected, "{count} bytes from {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn compares_as_slices_do() {
        for count in 0..100 {
            let one: Vec<u8> = (0..count).map(|i| (i * 5 + 100) as u8).collect();
            // SAFETY: as long as `count` says.
            assert_eq!(unsafe { compare(one.as_ptr(), one.clone().as_ptr(), one.len()) }, 0);
            for at in 0..one.len() {
                for (change, after) in [(1, 255), (0x80, 0), (255, 1)] {
                    let mut other = one.clone();
                    other[at] = other[at].wrapping_add(change);
                    if let Some(next) = other.get_mut(at + 1) {
                        *next = next.wrapping_add(after);
                    }
                    // SAFETY: both are as long as `count` says.
                    let (ordered, differs) = unsafe {
                        (
                            compare(one.as_ptr(), other.as_ptr(), one.len()),
                            differ(one.as_ptr(), other.as_ptr(), one.len()),
                        )
                    };
                    assert_eq!(ordered.cmp(&0), one.cmp(&other), "{count} bytes, changed at {at}");
                    assert_ne!(differs, 0);
                }
            }
        }
    }
}
