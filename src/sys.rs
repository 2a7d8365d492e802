//! The only file with `unsafe`: system calls that the standard library does not offer.
#![allow(unsafe_code, reason = "each block says why it is sound; nowhere else is unsafe allowed")]

#[cfg(unix)]
pub use unix::*;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Command, ExitStatus};
    use std::sync::atomic::{AtomicI32, Ordering};

    static CHILD: AtomicI32 = AtomicI32::new(0);

    /// Signals that a person's terminal sends to the whole group, and those that are sent to gate alone.
    const FORWARDED: [libc::c_int; 6] =
        [libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGHUP, libc::SIGUSR1, libc::SIGUSR2];

    extern "C" fn forward(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
        let child = CHILD.load(Ordering::SeqCst);
        // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo; `kill` is async-signal-safe (signal-safety(7)).
        unsafe {
            // What the terminal sends reaches the child already; only what somebody sent to gate goes on.
            let from_process = !info.is_null() && (*info).si_code <= 0;
            if child > 0 && from_process {
                libc::kill(child, signal);
            }
        }
    }

    /// Takes an exclusive lock; blocks until it has it. Released when the file is closed.
    pub fn lock(file: &File) -> io::Result<()> {
        // SAFETY: flock on an open descriptor has no memory effects.
        let result = unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Every environment variable, in place: asking `getenv` for each of many names goes through all of them each time.
    pub fn variables() -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
        unsafe extern "C" {
            static environ: *const *const libc::c_char;
        }
        let mut at = 0;
        std::iter::from_fn(move || {
            // SAFETY: the environment is an array of C strings that ends with a null pointer (environ(7)); gate never
            // changes it, so what it points at lives as long as the process.
            let entry = unsafe {
                if environ.is_null() || (*environ.add(at)).is_null() {
                    return None;
                }
                std::ffi::CStr::from_ptr(*environ.add(at)).to_bytes()
            };
            at += 1;
            Some(entry)
        })
        .filter_map(|entry| {
            let sign = entry.iter().position(|b| *b == b'=')?;
            Some((&entry[..sign], &entry[sign + 1..]))
        })
    }

    /// The user's id.
    #[must_use]
    pub fn uid() -> u32 {
        // SAFETY: getuid cannot fail and touches no memory.
        unsafe { libc::getuid() }
    }

    /// The home directory and name of the account database, if there is an entry.
    #[must_use]
    pub fn account() -> Option<(String, String)> {
        let uid = uid().to_string();
        let text = std::fs::read_to_string("/etc/passwd").ok()?;
        text.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == uid).then_some(())?;
            let home = fields.nth(2)?;
            Some((name.to_owned(), home.to_owned()))
        })
    }

    static LAST_WORDS: std::sync::OnceLock<&'static [u8]> = std::sync::OnceLock::new();

    extern "C" fn speak_and_end(_: libc::c_int) {
        let words = LAST_WORDS.get().copied().unwrap_or(b"");
        // SAFETY: write and _exit are async-signal-safe; the bytes are static.
        unsafe {
            libc::write(1, words.as_ptr().cast(), words.len());
            libc::_exit(0);
        }
    }

    /// After so many seconds the words are written to standard output and the process ends with 0: for hosts that take
    /// a hook's silence for consent, the words are their form of a denial.
    pub fn deadline(seconds: u32, words: &'static str) {
        LAST_WORDS.get_or_init(|| words.as_bytes());
        // SAFETY: the handler is async-signal-safe, the structure is zeroed plain data.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = speak_and_end as *const () as libc::sighandler_t;
            libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut());
            libc::alarm(seconds);
        }
    }

    /// The deadline no longer holds.
    pub fn no_deadline() {
        // SAFETY: no memory is involved.
        unsafe {
            libc::alarm(0);
        }
    }

    /// Drops what was typed before the question was asked.
    pub fn discard_typed_ahead(terminal: &File) {
        // SAFETY: tcflush on an open descriptor has no memory effects.
        unsafe {
            libc::tcflush(terminal.as_raw_fd(), libc::TCIFLUSH);
        }
    }

    /// Starts the child, waits for it, passes on signals that are sent to gate itself, stops when it stops.
    ///
    /// # Errors
    /// If the child cannot be started or waited for.
    pub fn supervise(command: &mut Command) -> io::Result<ExitStatus> {
        let mut old: Vec<(libc::c_int, libc::sigaction)> = Vec::new();
        // SAFETY: the structures are zeroed plain data, the handler is async-signal-safe.
        unsafe {
            for signal in FORWARDED {
                let mut before: libc::sigaction = std::mem::zeroed();
                libc::sigaction(signal, std::ptr::null(), &raw mut before);
                if before.sa_sigaction == libc::SIG_IGN {
                    continue; // started with nohup: stays ignored, for the child too
                }
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = forward as *const () as libc::sighandler_t;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
                old.push((signal, before));
            }
            let mut before: libc::sigaction = std::mem::zeroed();
            let mut ignore: libc::sigaction = std::mem::zeroed();
            ignore.sa_sigaction = libc::SIG_IGN;
            libc::sigaction(libc::SIGTSTP, &raw const ignore, &raw mut before);
            old.push((libc::SIGTSTP, before));
        }
        let parent = std::process::id();
        let restore = old.clone();
        // SAFETY: only async-signal-safe calls between fork and exec.
        unsafe {
            command.pre_exec(move || {
                for (signal, before) in &restore {
                    libc::sigaction(*signal, before, std::ptr::null_mut());
                }
                #[cfg(target_os = "linux")]
                {
                    // The child does not outlive a killed gate: prctl(2), PR_SET_PDEATHSIG.
                    libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
                    if libc::getppid() as u32 != parent {
                        libc::_exit(125);
                    }
                }
                #[cfg(not(target_os = "linux"))]
                let _ = parent;
                Ok(())
            });
        }
        let child = command.spawn()?;
        let pid = child.id() as libc::pid_t;
        CHILD.store(pid, Ordering::SeqCst);
        let status = loop {
            let mut status: libc::c_int = 0;
            // SAFETY: waits for our own child; `status` is a valid place.
            let result = unsafe { libc::waitpid(pid, &raw mut status, libc::WUNTRACED) };
            if result < 0 {
                let error = io::Error::last_os_error();
                if error.kind() == io::ErrorKind::Interrupted {
                    continue;
                }
                return Err(error);
            }
            if libc::WIFSTOPPED(status) {
                // SAFETY: raise stops this process as the child was stopped; then both go on.
                unsafe {
                    libc::raise(libc::SIGSTOP);
                    libc::kill(pid, libc::SIGCONT);
                }
                continue;
            }
            break ExitStatus::from_raw(status);
        };
        CHILD.store(0, Ordering::SeqCst);
        Ok(status)
    }

    /// Ends this process by a signal, as the child ended.
    pub fn die_by(signal: i32) {
        // SAFETY: restores the default action and sends the signal to ourselves; no core is wanted.
        unsafe {
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
            libc::signal(signal, libc::SIG_DFL);
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, signal);
            libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
            libc::kill(libc::getpid(), signal);
        }
    }

    /// Puts back the default action for broken pipes is not wanted: writes report errors instead.
    #[must_use]
    pub fn signal_of(status: ExitStatus) -> Option<i32> {
        status.signal()
    }
}

/// The allocator: free lists by power of two over chunks that are never given back. A call of gate lives for a fraction
/// of a millisecond, or reads a batch line by line; both ask for many small pieces and give them back at once. (Measured
/// in the static build, whose own allocator asks the kernel: a third of the start-up, two thirds of a batch.)
pub struct Pool {
    busy: std::sync::atomic::AtomicBool,
    state: std::cell::UnsafeCell<PoolState>,
}

struct PoolState {
    free: [*mut u8; CLASSES],
    next: usize,
    end: usize,
    /// Up to here the chunk's pages are in memory.
    ready: usize,
}

/// 16 bytes to 32 KiB; larger pieces come from the system.
const CLASSES: usize = 12;
const LARGEST: usize = 16 << (CLASSES - 1);
const CHUNK: usize = 256 << 10;
/// A page fault costs more than a page: pages are asked for by so many bytes at a time.
const STEP: usize = 32 << 10;

/// Brings the pages of `[start, start + STEP)` into memory at once. A hint: where the kernel has no such call
/// (madvise(2), `MADV_POPULATE_WRITE`, Linux 5.14), they come one by one as before.
#[cfg(target_os = "linux")]
fn populate(start: usize) {
    let from = start & !4095;
    // SAFETY: populating for writing changes no byte; a range that is not all mapped is refused by the kernel.
    unsafe {
        libc::madvise(from as *mut libc::c_void, STEP, libc::MADV_POPULATE_WRITE);
    }
}

#[cfg(not(target_os = "linux"))]
fn populate(_start: usize) {}

// SAFETY: `state` is only touched while `busy` is held.
unsafe impl Sync for Pool {}

impl Pool {
    #[must_use]
    pub const fn new() -> Self {
        Pool {
            busy: std::sync::atomic::AtomicBool::new(false),
            state: std::cell::UnsafeCell::new(PoolState {
                free: [std::ptr::null_mut(); CLASSES],
                next: 0,
                end: 0,
                ready: 0,
            }),
        }
    }

    fn class(size: usize) -> usize {
        size.max(16).next_power_of_two().trailing_zeros() as usize - 4
    }

    fn with<R>(&self, run: impl FnOnce(&mut PoolState) -> R) -> R {
        use std::sync::atomic::Ordering;
        while self.busy.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::hint::spin_loop();
        }
        // SAFETY: the flag is ours alone until it is cleared below; `run` neither panics nor allocates from this pool.
        let result = run(unsafe { &mut *self.state.get() });
        self.busy.store(false, Ordering::Release);
        result
    }
}

impl Default for Pool {
    fn default() -> Self {
        Pool::new()
    }
}

// SAFETY: pieces of a class are at least as large as asked, aligned to 16 bytes, and in one list at a time; larger or
// more strictly aligned ones are the system's, by the same test in `alloc`, `dealloc` and `realloc`.
unsafe impl std::alloc::GlobalAlloc for Pool {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        if layout.size() > LARGEST || layout.align() > 16 {
            // SAFETY: handed on unchanged.
            return unsafe { std::alloc::System.alloc(layout) };
        }
        let class = Pool::class(layout.size());
        self.with(|state| {
            let head = state.free[class];
            if !head.is_null() {
                // SAFETY: a free piece begins with the pointer to the next one, written by `dealloc`.
                state.free[class] = unsafe { head.cast::<*mut u8>().read() };
                return head;
            }
            let size = 16 << class;
            if state.end - state.next < size {
                // SAFETY: a chunk of a fixed, valid layout; null is passed on as "out of memory".
                let chunk =
                    unsafe { std::alloc::System.alloc(std::alloc::Layout::from_size_align_unchecked(CHUNK, 16)) };
                if chunk.is_null() {
                    return chunk;
                }
                state.next = chunk as usize;
                state.end = state.next + CHUNK;
                state.ready = state.next;
            }
            let piece = state.next;
            state.next += size;
            while state.ready < state.next && state.ready + STEP <= state.end {
                populate(state.ready);
                state.ready += STEP;
            }
            piece as *mut u8
        })
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: std::alloc::Layout) {
        if layout.size() > LARGEST || layout.align() > 16 {
            // SAFETY: it came from the system by the same test.
            unsafe { std::alloc::System.dealloc(piece, layout) };
            return;
        }
        let class = Pool::class(layout.size());
        self.with(|state| {
            // SAFETY: the piece is at least 16 bytes and nobody else's any more.
            unsafe { piece.cast::<*mut u8>().write(state.free[class]) };
            state.free[class] = piece;
        });
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: std::alloc::Layout, size: usize) -> *mut u8 {
        let small = |size: usize| size <= LARGEST && layout.align() <= 16;
        if small(layout.size()) && small(size) && Pool::class(layout.size()) == Pool::class(size) {
            return piece;
        }
        if !small(layout.size()) && !small(size) {
            // SAFETY: the system's, before and after.
            return unsafe { std::alloc::System.realloc(piece, layout, size) };
        }
        // SAFETY: a new piece, the smaller of both sizes copied, the old one given back.
        unsafe {
            let other = self.alloc(std::alloc::Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                std::ptr::copy_nonoverlapping(piece, other, layout.size().min(size));
                self.dealloc(piece, layout);
            }
            other
        }
    }
}
