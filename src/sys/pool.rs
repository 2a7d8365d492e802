//! The allocator of the binary.
#![allow(unsafe_code, reason = "an allocator hands out raw memory; each block says why it is sound")]

use std::alloc::{GlobalAlloc, Layout, System};

/// The allocator: free lists by size over chunks that are never given back. A call of gate lives for a fraction
/// of a millisecond, or reads a batch line by line; both ask for many small pieces and give them back at once. (Measured
/// in the static build, whose own allocator asks the kernel: a third of the start-up, two thirds of a batch.)
///
/// Each thread has lists of its own, so that no piece costs a lock; a piece goes back to whoever gives it back. What a
/// thread has free when it ends is lost: gate starts few, and none for a decision.
pub struct Pool {
    /// The first chunk stands in the binary's own zeroed memory, which is mapped anyway: most calls need no other.
    first: std::cell::UnsafeCell<FirstChunk>,
}

/// Whether the first chunk of the one pool that a process has was handed out. Apart from it, on a page that is touched anyway.
static FIRST_TAKEN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

#[repr(align(16))]
struct FirstChunk(#[expect(dead_code, reason = "handed out by its address")] [u8; CHUNK]);

struct PoolState {
    free: [*mut u8; CLASSES],
    next: usize,
    end: usize,
    /// Up to here the chunk's pages are in memory, or come by themselves.
    ready: usize,
}

thread_local! {
    /// Nothing of it is dropped, so it is there from the first piece of a thread to the last.
    static STATE: std::cell::UnsafeCell<PoolState> = const {
        std::cell::UnsafeCell::new(PoolState { free: [std::ptr::null_mut(); CLASSES], next: 0, end: 0, ready: 0 })
    };
}

/// Sizes are powers of two from 16 bytes to 32 KiB, and from 48 on what lies midway between two; larger pieces come from
/// the system.
const CLASSES: usize = 22;
const LARGEST: usize = 32 << 10;
const CHUNK: usize = 256 << 10;
/// Pages are asked for by so many bytes, which a short decision takes most of: a page fault for each costs half as much
/// again (measured over the decision of a long pipeline).
const STEP: usize = 32 << 10;

/// Brings the pages of so many bytes into memory at once. A hint: where the kernel has no such call (madvise(2),
/// `MADV_POPULATE_WRITE`, Linux 5.14), they come one by one.
#[cfg(target_os = "linux")]
pub(super) fn populate(start: usize, bytes: usize) {
    let from = start & !4095;
    // SAFETY: populating for writing changes no byte; a range that is not all mapped is refused by the kernel.
    unsafe {
        libc::madvise(from as *mut libc::c_void, bytes, libc::MADV_POPULATE_WRITE);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn populate(_start: usize, _bytes: usize) {}

// SAFETY: `first` is handed out once, to the thread that finds `FIRST_TAKEN` unset; then in pieces, each to one owner.
unsafe impl Sync for Pool {}

impl Pool {
    #[must_use]
    pub const fn new() -> Self {
        Pool { first: std::cell::UnsafeCell::new(FirstChunk([0; CHUNK])) }
    }

    /// The smallest class whose pieces have so many bytes.
    fn class(size: usize) -> usize {
        if size <= 32 {
            return usize::from(size > 16);
        }
        let power = (size - 1).ilog2() as usize + 1;
        // 2^power holds it; perhaps three quarters of that do, too.
        let less = usize::from(size <= 3 << (power - 2));
        (power - 6) * 2 + 3 - less
    }

    /// The bytes of a class's pieces, always a multiple of 16.
    fn size(class: usize) -> usize {
        match class {
            0 | 1 => 16 << class,
            _ if class.is_multiple_of(2) => 3 << (class / 2 + 3),
            _ => 1 << (class / 2 + 5),
        }
    }

    /// A piece that was never handed out; null if there is no memory.
    #[inline(never)]
    fn fresh(&self, state: &mut PoolState, size: usize) -> *mut u8 {
        if state.end - state.next < size {
            let chunk = self.chunk();
            if chunk.is_null() {
                return chunk;
            }
            // By whole pages, or what lies on the last one before a step came by itself.
            state.ready = chunk as usize & !4095;
            state.next = chunk as usize;
            state.end = state.next + CHUNK;
        }
        let piece = state.next;
        state.next += size;
        while state.ready < state.next && state.ready + STEP <= state.end {
            populate(state.ready, STEP);
            state.ready += STEP;
        }
        piece as *mut u8
    }

    /// A chunk that nobody has; null if there is none.
    fn chunk(&self) -> *mut u8 {
        if !FIRST_TAKEN.swap(true, std::sync::atomic::Ordering::Relaxed) {
            return self.first.get().cast();
        }
        // SAFETY: a fixed, valid layout.
        unsafe { GlobalAlloc::alloc(&System, Layout::from_size_align_unchecked(CHUNK, 16)) }
    }
}

/// Runs on the lists of this thread.
fn with<R>(run: impl FnOnce(&mut PoolState) -> R) -> R {
    // SAFETY: the lists are this thread's alone, and `run` neither panics nor allocates from the pool.
    STATE.with(|state| run(unsafe { &mut *state.get() }))
}

impl Default for Pool {
    fn default() -> Self {
        Pool::new()
    }
}

// SAFETY: pieces of a class are at least as large as asked, aligned to 16 bytes, and in one list at a time; larger or
// more strictly aligned ones are the system's, by the same test in `alloc`, `dealloc` and `realloc`.
unsafe impl GlobalAlloc for Pool {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST || layout.align() > 16 {
            // SAFETY: handed on unchanged.
            return unsafe { System.alloc(layout) };
        }
        let class = Pool::class(layout.size());
        with(|state| {
            let head = state.free[class];
            if head.is_null() {
                return self.fresh(state, Pool::size(class));
            }
            // SAFETY: a free piece begins with the pointer to the next one, written by `dealloc`.
            state.free[class] = unsafe { head.cast::<*mut u8>().read() };
            head
        })
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if layout.size() > LARGEST || layout.align() > 16 {
            // SAFETY: it came from the system by the same test.
            unsafe { System.dealloc(piece, layout) };
            return;
        }
        let class = Pool::class(layout.size());
        with(|state| {
            // SAFETY: the piece is at least 16 bytes and nobody else's any more.
            unsafe { piece.cast::<*mut u8>().write(state.free[class]) };
            state.free[class] = piece;
        });
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let small = |size: usize| size <= LARGEST && layout.align() <= 16;
        if small(layout.size()) && small(size) && Pool::class(layout.size()) == Pool::class(size) {
            return piece;
        }
        if !small(layout.size()) && !small(size) {
            // SAFETY: the system's, before and after.
            return unsafe { System.realloc(piece, layout, size) };
        }
        // SAFETY: a new piece, the smaller of both sizes copied, the old one given back.
        unsafe {
            let other = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                std::ptr::copy_nonoverlapping(piece, other, layout.size().min(size));
                self.dealloc(piece, layout);
            }
            other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every size gets a piece that holds it, and none that is more than half again as large.
    #[test]
    fn classes_fit() {
        for size in 1..=LARGEST {
            let class = Pool::class(size);
            assert!(class < CLASSES && Pool::size(class) >= size, "{size} is in class {class}");
            assert!(class == 0 || Pool::size(class - 1) < size, "{size} fits into the class before {class}");
            assert_eq!(Pool::size(class) % 16, 0);
        }
    }
}
