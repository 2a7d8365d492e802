//! How much of gate's own file lies in memory while it judges a long text.

#[cfg(target_os = "linux")]
use std::sync::Once;

/// What the kernel maps at once around a page that is asked for, where it has the file in pages (`fault_around_bytes`).
#[cfg(target_os = "linux")]
const WINDOW: usize = 64 << 10;

/// From now on gate's own code and packs are mapped by small windows, and what only starting needed no more. A kernel that
/// has a file in large pieces (Linux 6.18: a file that was just linked) maps a whole one for each byte that is asked for,
/// which makes a start faster; a long text touches most of them sometime (measured: 4 MiB more). Costs 100 µs once.
#[cfg(target_os = "linux")]
pub fn map_sparingly() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the callback only reads what it is given, and keeps nothing of it.
        unsafe {
            libc::dl_iterate_phdr(Some(first_object), std::ptr::null_mut());
        }
    });
}

/// Of the program itself, which comes first, what is code or constant.
#[cfg(target_os = "linux")]
unsafe extern "C" fn first_object(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the loader passes a valid record whose headers are as many as it says (dl_iterate_phdr(3)).
    let (base, headers) = unsafe {
        let info = &*info;
        (info.dlpi_addr as usize, std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)))
    };
    for header in headers.iter().filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0) {
        let (start, end) = (base + header.p_vaddr as usize, base + (header.p_vaddr + header.p_memsz) as usize);
        let (first, last) = (start.next_multiple_of(WINDOW), end / WINDOW * WINDOW);
        for window in (first..last).step_by(2 * WINDOW) {
            // Neighbours that are advised differently are areas of their own, and no fault maps more than one.
            advise(window, WINDOW, libc::MADV_RANDOM);
        }
        advise(start / PAGE * PAGE, end.next_multiple_of(PAGE) - start / PAGE * PAGE, libc::MADV_DONTNEED);
    }
    1
}

#[cfg(target_os = "linux")]
const PAGE: usize = 4096;

#[cfg(target_os = "linux")]
fn advise(start: usize, bytes: usize, advice: libc::c_int) {
    // SAFETY: nobody writes to these pages, so what is dropped is read again from the file, with the same bytes; the
    // kernel refuses a range that is not mapped. A hint: its failure changes nothing.
    unsafe {
        libc::madvise(start as *mut libc::c_void, bytes, advice);
    }
}

/// Elsewhere a file is mapped as the system likes.
#[cfg(not(target_os = "linux"))]
pub fn map_sparingly() {}
