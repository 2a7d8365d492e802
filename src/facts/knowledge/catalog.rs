//! API operations, found by name.

use super::Tool;

/// The catalogue of API operations, read in place: nothing is decoded but the operation that is asked for.
///
/// Layout: the numbers of providers and of tools, an index of providers (alias, name), an index of tools (operation,
/// provider, body), both sorted; each member of an index is an offset (4 bytes) and a length (2 bytes).
#[derive(Clone, Copy, Debug, Default)]
pub struct Catalog<'k> {
    pub(super) bytes: &'k [u8],
}

const PART: usize = 6;

impl<'k> Catalog<'k> {
    fn number(&self, at: usize) -> usize {
        self.bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
    }

    fn part(&self, at: usize) -> &'k [u8] {
        let offset = self.number(at);
        let length = self.bytes.get(at + 4..at + 6).map_or(0, |b| usize::from(u16::from_le_bytes([b[0], b[1]])));
        self.bytes.get(offset..offset + length).unwrap_or(&[])
    }

    fn text(&self, at: usize) -> &'k str {
        std::str::from_utf8(self.part(at)).unwrap_or("")
    }

    fn providers(&self) -> usize {
        self.number(0)
    }

    fn tools(&self) -> usize {
        self.number(4)
    }

    fn provider_at(&self, index: usize) -> usize {
        8 + index * 2 * PART
    }

    fn tool_at(&self, index: usize) -> usize {
        8 + self.providers() * 2 * PART + index * 3 * PART
    }

    /// The provider of this name or other name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&'k str> {
        let index = first(self.providers(), |i| self.part(self.provider_at(i)) < name.as_bytes());
        let at = self.provider_at(index);
        (index < self.providers() && self.part(at) == name.as_bytes()).then(|| self.text(at + PART))
    }

    /// Every provider that has this operation.
    pub fn operations<'n>(&self, operation: &'n str) -> impl Iterator<Item = (&'k str, Tool<'k>)> + use<'k, 'n> {
        let catalog = *self;
        let start = first(self.tools(), |i| self.part(self.tool_at(i)) < operation.as_bytes());
        (start..self.tools())
            .map(move |i| catalog.tool_at(i))
            .take_while(move |at| catalog.part(*at) == operation.as_bytes())
            .filter_map(move |at| {
                Some((catalog.text(at + PART), postcard::from_bytes(catalog.part(at + 2 * PART)).ok()?))
            })
    }

    /// Every operation with its provider.
    pub fn all(&self) -> impl Iterator<Item = (&'k str, &'k str)> + use<'k> {
        let catalog = *self;
        (0..self.tools()).map(move |i| catalog.tool_at(i)).map(move |at| (catalog.text(at), catalog.text(at + PART)))
    }

    /// Every name of a provider, with the provider.
    pub fn all_providers(&self) -> impl Iterator<Item = (&'k str, &'k str)> + use<'k> {
        let catalog = *self;
        (0..self.providers())
            .map(move |i| catalog.provider_at(i))
            .map(move |at| (catalog.text(at), catalog.text(at + PART)))
    }

    /// Writes a catalogue; what stands in it several times is written once.
    ///
    /// # Errors
    /// If a value cannot be encoded (it always can).
    pub(super) fn write(
        providers: &[(&str, &str)],
        tools: &[(&str, &str, Tool<'_>)],
    ) -> Result<Vec<u8>, postcard::Error> {
        let mut providers = providers.to_vec();
        providers.sort_unstable();
        let mut bodies: Vec<(&str, &str, Vec<u8>)> = Vec::new();
        for (operation, provider, tool) in tools {
            bodies.push((operation, provider, postcard::to_allocvec(tool)?));
        }
        bodies.sort_unstable();
        let start = 8 + providers.len() * 2 * PART + bodies.len() * 3 * PART;
        let mut data: Vec<u8> = Vec::new();
        let mut known: std::collections::BTreeMap<Vec<u8>, u32> = std::collections::BTreeMap::new();
        let mut place = |bytes: &[u8]| -> [u8; PART] {
            let offset = *known.entry(bytes.to_vec()).or_insert_with(|| {
                let offset = (start + data.len()) as u32;
                data.extend_from_slice(bytes);
                offset
            });
            let ([a, b, c, d], [e, f]) = (offset.to_le_bytes(), (bytes.len() as u16).to_le_bytes());
            [a, b, c, d, e, f]
        };
        let mut out: Vec<u8> = Vec::new();
        out.extend((providers.len() as u32).to_le_bytes());
        out.extend((bodies.len() as u32).to_le_bytes());
        for (alias, name) in &providers {
            out.extend(place(alias.as_bytes()));
            out.extend(place(name.as_bytes()));
        }
        for (operation, provider, body) in &bodies {
            out.extend(place(operation.as_bytes()));
            out.extend(place(provider.as_bytes()));
            out.extend(place(body));
        }
        out.extend(data);
        Ok(out)
    }
}

/// The first number from 0 to `count` for which something that rises no longer holds.
fn first(count: usize, below: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        if below(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
