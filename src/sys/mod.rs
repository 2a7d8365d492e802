//! The only folder with `unsafe` blocks, but for the `main` that C calls: system calls that the standard library does not offer, and the allocator.
#![allow(unsafe_code, reason = "each block says why it is sound; nowhere else is unsafe allowed")]

#[cfg(all(target_arch = "x86_64", any(target_env = "musl", all(test, target_os = "linux"))))]
mod mem;
mod pages;
mod pool;

pub use pages::map_sparingly;
pub use pool::Pool;
#[cfg(unix)]
pub use unix::*;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Command, ExitStatus};
    use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

    static CHILD: AtomicI32 = AtomicI32::new(0);

    /// Signals that a person's terminal sends to the whole group, and those that are sent to gate alone.
    const FORWARDED: [libc::c_int; 10] = [
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTERM,
        libc::SIGHUP,
        libc::SIGUSR1,
        libc::SIGUSR2,
        libc::SIGALRM,
        libc::SIGTSTP,
        libc::SIGCONT,
        libc::SIGWINCH,
    ];

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

    /// Takes an exclusive lock, for which it waits so long. Released when the file is closed. (Whoever may only read the
    /// file can hold the lock for ever.)
    pub fn lock(file: &File, patience: std::time::Duration) -> io::Result<()> {
        const PAUSE: std::time::Duration = std::time::Duration::from_micros(500);
        let mut waited = std::time::Duration::ZERO;
        loop {
            // SAFETY: flock on an open descriptor has no memory effects.
            if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
                return Ok(());
            }
            let error = io::Error::last_os_error();
            match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock if waited < patience => {
                    std::thread::sleep(PAUSE);
                    waited += PAUSE;
                }
                io::ErrorKind::WouldBlock => return Err(io::Error::other("another process holds the log's lock")),
                _ => return Err(error),
            }
        }
    }

    /// A C string of the environment, whose length is not looked for before it is asked.
    #[derive(Clone, Copy)]
    pub struct Variable(*const libc::c_char);

    impl Variable {
        fn all() -> impl Iterator<Item = Variable> {
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
                    *environ.add(at)
                };
                at += 1;
                Some(Variable(entry))
            })
        }

        /// The value, if it has this name.
        fn named(self, name: &[u8]) -> Option<Variable> {
            // SAFETY: every byte up to the zero at its end can be read, and nothing is read after one that differs.
            unsafe {
                let same = name.iter().enumerate().all(|(at, byte)| *self.0.add(at) as u8 == *byte);
                (same && *self.0.add(name.len()) as u8 == b'=').then(|| Variable(self.0.add(name.len() + 1)))
            }
        }

        /// Its bytes.
        #[must_use]
        pub fn bytes(self) -> &'static [u8] {
            // SAFETY: see `all`.
            unsafe { std::ffi::CStr::from_ptr(self.0) }.to_bytes()
        }
    }

    /// Every environment variable with its value, in place.
    pub fn variables() -> impl Iterator<Item = (&'static [u8], Variable)> {
        Variable::all().filter_map(|entry| {
            // SAFETY: as above; the search ends at the zero.
            unsafe {
                let length = (0..).find(|at| matches!(*entry.0.add(*at) as u8, 0 | b'=')).unwrap_or(0);
                let name = std::slice::from_raw_parts(entry.0.cast::<u8>(), length);
                let value = (*entry.0.add(length) != 0).then(|| Variable(entry.0.add(length + 1)));
                value.map(|value| (name, value))
            }
        })
    }

    /// One environment variable, without the lock and the copies of the standard library: gate never sets one.
    #[must_use]
    pub fn variable(name: &str) -> Option<std::ffi::OsString> {
        use std::os::unix::ffi::OsStrExt;
        let value = Variable::all().find_map(|entry| entry.named(name.as_bytes()))?;
        Some(std::ffi::OsStr::from_bytes(value.bytes()).to_owned())
    }

    static UNHEARD: AtomicBool = AtomicBool::new(false);

    /// Whether standard output was closed when gate started: nobody hears what it says there.
    #[must_use]
    pub fn unheard() -> bool {
        UNHEARD.load(Ordering::Relaxed)
    }

    /// What Rust's own start-up does and gate needs: no standard stream is closed (else the log could be opened as one, and
    /// messages be written into it), and a reader that went away is an error to handle, not a signal to die of.
    #[cfg(target_os = "linux")]
    pub fn prepare() {
        // What a decision takes of the stack comes at once, not page by page.
        const STACK: usize = 32 << 10;
        let here = 0_u8;
        super::pool::populate((&raw const here).addr() - STACK, STACK);
        // SAFETY: the array is ours; opening and ignoring a signal touch no other memory.
        unsafe {
            let mut streams = [0, 1, 2].map(|fd| libc::pollfd { fd, events: 0, revents: 0 });
            while libc::poll(streams.as_mut_ptr(), 3, 0) < 0
                && io::Error::last_os_error().raw_os_error() == Some(libc::EINTR)
            {}
            for stream in streams {
                if stream.revents & libc::POLLNVAL == 0 {
                    continue;
                }
                if libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) < 0 {
                    libc::abort();
                }
                if stream.fd == 1 {
                    UNHEARD.store(true, Ordering::Relaxed);
                }
            }
            libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        }
    }

    /// Runs what may write beyond the size that a file may have (setrlimit(2), `RLIMIT_FSIZE`): that is an error then, and
    /// ends nothing.
    pub fn with_large_files_refused<R>(write: impl FnOnce() -> R) -> R {
        // SAFETY: signal takes plain numbers; what was set before is set again.
        let before = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        let written = write();
        // SAFETY: as above.
        unsafe {
            libc::signal(libc::SIGXFSZ, before);
        }
        written
    }

    /// The words of the command line after gate's own name.
    ///
    /// # Safety
    /// `words` points at `count` C strings that live as long as the process.
    #[must_use]
    pub unsafe fn words(count: libc::c_int, words: *const *const libc::c_char) -> Vec<std::ffi::OsString> {
        use std::os::unix::ffi::OsStrExt;
        (1..usize::try_from(count).unwrap_or(0))
            // SAFETY: as the caller promises.
            .map(|at| unsafe { std::ffi::CStr::from_ptr(*words.add(at)) })
            .map(|word| std::ffi::OsStr::from_bytes(word.to_bytes()).to_owned())
            .collect()
    }

    /// Whether standard input is a terminal.
    #[must_use]
    pub fn input_is_terminal() -> bool {
        // SAFETY: isatty only asks about a descriptor.
        unsafe { libc::isatty(0) == 1 }
    }

    impl io::Read for super::StandardInput {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            // SAFETY: the kernel writes at most as many bytes as the slice has.
            let count = unsafe { libc::read(0, into.as_mut_ptr().cast(), into.len()) };
            usize::try_from(count).map_err(|_| io::Error::last_os_error())
        }
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

    /// A stack for the handler, in case that the stack itself is what ran out.
    struct OtherStack(std::cell::UnsafeCell<[u8; 64 << 10]>);

    // SAFETY: nobody but the kernel uses it, for one handler at a time.
    unsafe impl Sync for OtherStack {}

    static OTHER_STACK: OtherStack = OtherStack(std::cell::UnsafeCell::new([0; 64 << 10]));

    /// After so many seconds, or if the process would crash, the words are written to standard output and it ends with 0:
    /// for hosts that take a hook's silence for consent, the words are their form of a denial.
    pub fn deadline(seconds: u32, words: &'static str) {
        LAST_WORDS.get_or_init(|| words.as_bytes());
        // SAFETY: the handler is async-signal-safe, the structures are zeroed plain data, the stack lives as long as the process.
        unsafe {
            let mut stack: libc::stack_t = std::mem::zeroed();
            stack.ss_sp = OTHER_STACK.0.get().cast();
            stack.ss_size = 64 << 10;
            libc::sigaltstack(&raw const stack, std::ptr::null_mut());
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = speak_and_end as *const () as libc::sighandler_t;
            action.sa_flags = libc::SA_ONSTACK;
            for signal in [libc::SIGALRM, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT] {
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
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

    extern "C" fn wake(_signal: libc::c_int) {}

    /// Does something that waits; the signals that would end the process end the waiting instead
    /// (`ErrorKind::Interrupted`).
    pub fn interruptible<R>(wait: impl FnOnce() -> R) -> R {
        const ENDING: [libc::c_int; 4] = [libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGHUP];
        let old = ENDING.map(|signal| {
            // SAFETY: the structures are zeroed plain data, the handler does nothing.
            unsafe {
                let mut before: libc::sigaction = std::mem::zeroed();
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = wake as *const () as libc::sighandler_t;
                libc::sigaction(signal, &raw const action, &raw mut before);
                (signal, before)
            }
        });
        let result = wait();
        for (signal, before) in &old {
            // SAFETY: it is what stood there before.
            unsafe { libc::sigaction(*signal, before, std::ptr::null_mut()) };
        }
        result
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
        }
        // They wait until it is known whom they go on to: the child runs before that, and what came in between would be lost.
        // SAFETY: the sets are plain data of ours; only this thread's mask changes.
        let mask = unsafe {
            let mut forwarded: libc::sigset_t = std::mem::zeroed();
            let mut mask: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut forwarded);
            for signal in FORWARDED {
                libc::sigaddset(&raw mut forwarded, signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const forwarded, &raw mut mask);
            mask
        };
        let parent = std::process::id();
        let restore = old.clone();
        // SAFETY: only async-signal-safe calls between fork and exec.
        unsafe {
            command.pre_exec(move || {
                for (signal, before) in &restore {
                    libc::sigaction(*signal, before, std::ptr::null_mut());
                }
                libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut());
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
        let spawned = command.spawn();
        let pid = spawned.as_ref().map_or(0, |child| child.id() as libc::pid_t);
        CHILD.store(pid, Ordering::SeqCst);
        // SAFETY: the mask is what it was.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut()) };
        spawned?;
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

    /// The signal that ended a process; none if it exited.
    #[must_use]
    pub fn signal_of(status: ExitStatus) -> Option<i32> {
        status.signal()
    }
}

/// Standard input without a buffer of its own: it is read once, to the end (measured: the pages of the standard library's
/// buffer cost as much as a small file).
pub struct StandardInput;

#[cfg(not(unix))]
impl std::io::Read for StandardInput {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        std::io::stdin().lock().read(into)
    }
}

/// One environment variable.
#[cfg(not(unix))]
#[must_use]
pub fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// Whether standard input is a terminal.
#[cfg(not(unix))]
#[must_use]
pub fn input_is_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stdin().is_terminal()
}

/// The time since 1970 in whole seconds, as policies count it.
#[must_use]
pub fn seconds() -> i64 {
    i64::try_from(now().as_secs()).unwrap_or(i64::MAX)
}

/// The time since 1970. By the system call itself: through the shared pages of the kernel it takes two page faults, and
/// gate asks once or twice.
#[must_use]
pub fn now() -> std::time::Duration {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the structure is ours, and of the kind that the call fills.
        let result = unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_REALTIME, &raw mut time) };
        if result == 0 {
            return std::time::Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32);
        }
    }
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}
