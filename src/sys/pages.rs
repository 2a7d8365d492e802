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
    let Ok(areas) = std::fs::read_to_string("/proc/self/maps") else { return 1 };
    for header in headers.iter().filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0) {
        let (start, end) = (base + header.p_vaddr as usize, base + (header.p_vaddr + header.p_memsz) as usize);
        // Who unpacks himself into memory (UPX) has no file to read it from again.
        if !areas.lines().any(|area| is_of_file(area, start)) {
            continue;
        }
        let (first, last) = (start.next_multiple_of(WINDOW), end / WINDOW * WINDOW);
        for window in (first..last).step_by(2 * WINDOW) {
            // Neighbours that are advised differently are areas of their own, and no fault maps more than one.
            advise(window, WINDOW, libc::MADV_RANDOM);
        }
        advise(start / PAGE * PAGE, end.next_multiple_of(PAGE) - start / PAGE * PAGE, libc::MADV_DONTNEED);
    }
    1
}

/// Whether an area of memory holds an address and is private, read only and of a file: `200000-570000 r-xp 0 fe:00 131 /bin/x`
/// (proc_pid_maps(5)).
#[cfg(target_os = "linux")]
fn is_of_file(area: &str, address: usize) -> bool {
    let mut fields = area.split_ascii_whitespace();
    let (Some(range), Some(rights), inode) = (fields.next(), fields.next(), fields.nth(2)) else { return false };
    let holds = range.split_once('-').is_some_and(|(start, end)| {
        let number = |text| usize::from_str_radix(text, 16).unwrap_or(0);
        (number(start)..number(end)).contains(&address)
    });
    holds && !rights.contains('w') && rights.ends_with('p') && inode.is_some_and(|inode| inode != "0")
}

#[cfg(target_os = "linux")]
const PAGE: usize = 4096;

#[cfg(target_os = "linux")]
fn advise(start: usize, bytes: usize, advice: libc::c_int) {
    // SAFETY: the pages are of a file and nobody writes to them, so what is dropped is read again from it, with the same
    // bytes; the kernel refuses a range that is not mapped. A hint: its failure changes nothing.
    unsafe {
        libc::madvise(start as *mut libc::c_void, bytes, advice);
    }
}

/// Elsewhere a file is mapped as the system likes.
#[cfg(not(target_os = "linux"))]
pub fn map_sparingly() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::is_of_file;

    #[test]
    fn only_of_a_file() {
        assert!(is_of_file("00200000-00570000 r-xp 00000000 fe:00 131 /bin/gate", 0x20_0000));
        assert!(!is_of_file("00200000-00570000 r-xp 00000000 00:00 0", 0x20_0000));
        assert!(!is_of_file("00200000-00570000 rwxp 00000000 fe:00 131 /bin/gate", 0x20_0000));
        assert!(!is_of_file("00600000-00700000 r-xp 00000000 fe:00 131 /bin/gate", 0x20_0000));
    }

    #[test]
    fn what_is_dropped_comes_back() {
        let constants = include_bytes!("pages.rs");
        let before = std::hint::black_box(constants).to_vec();
        super::map_sparingly();
        assert!(std::hint::black_box(constants)[..] == before);
    }
}
