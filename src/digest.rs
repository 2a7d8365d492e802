//! SHA-256 (FIPS 180-4) and what is written with it.
//!
//! Two libraries do it, for a measured reason: `sha2` uses what the processor offers, but asking the processor takes five
//! `cpuid`, each 3.5 µs in a virtual machine, which is more than all that a usual decision hashes takes without.

use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::Digest as _;

/// From so many bytes on asking the processor pays.
const LARGE: usize = 8 << 10;

/// And from so many digests on, in a batch.
const MANY: usize = 32;
static DONE: AtomicUsize = AtomicUsize::new(0);

/// The digest of bytes, as hex.
#[must_use]
pub fn of(bytes: &[u8]) -> String {
    hex(&raw(bytes))
}

/// The same with the name of the algorithm before it, as it stands in records and decisions.
#[must_use]
pub fn named(bytes: &[u8]) -> String {
    hex_after("sha256:", &raw(bytes))
}

fn raw(bytes: &[u8]) -> [u8; 32] {
    if bytes.len() < LARGE && DONE.load(Ordering::Relaxed) < MANY {
        DONE.fetch_add(1, Ordering::Relaxed);
        return hmac_sha256::Hash::hash(bytes);
    }
    sha2::Sha256::digest(bytes).into()
}

/// A keyed digest (HMAC-SHA256, RFC 2104).
#[must_use]
pub fn keyed(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    hmac_sha256::HMAC::mac(bytes, key)
}

/// A digest over parts that follow each other, each a little one.
#[derive(Default)]
pub struct Parts(hmac_sha256::Hash);

impl Parts {
    pub fn add(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes);
    }

    /// As hex.
    #[must_use]
    pub fn end(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The digest of what a reader holds, as hex.
///
/// # Errors
/// If it cannot be read.
pub fn of_reader(mut reader: impl std::io::Read) -> std::io::Result<String> {
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// Bytes in small hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    hex_after("", bytes)
}

fn hex_after(start: &str, bytes: &[u8]) -> String {
    let mut out = String::with_capacity(start.len() + bytes.len() * 2);
    out.push_str(start);
    for part in bytes.chunks(32) {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(part) {
            let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        out.push_str(std::str::from_utf8(&digits[..part.len() * 2]).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{LARGE, Parts, hex, keyed, of, of_reader};

    #[test]
    fn both_ways_are_the_same() {
        // FIPS 180-4's example, and RFC 4231's second.
        assert_eq!(of(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(hex(&keyed(b"Jefe", b"what do ya want for nothing?")).starts_with("5bdcc146bf60754e6a042426089575c7"));
        for length in [0, 1, LARGE - 1, LARGE, 3 * LARGE] {
            let bytes = vec![b'x'; length];
            let mut parts = Parts::default();
            bytes.chunks(1000).for_each(|chunk| parts.add(chunk));
            let digest = of(&bytes);
            assert_eq!((parts.end(), of_reader(&bytes[..]).unwrap()), (digest.clone(), digest), "{length}");
        }
    }
}
