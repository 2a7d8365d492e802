//! The words that a name is made of, however it joins them.

/// `createRefund`, `create_refund`, `create-refund` are the words create, refund.
pub fn words_of(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            if !current.is_empty() {
                out.push(std::mem::take(&mut current));
            }
            lower_before = false;
            continue;
        }
        if c.is_uppercase() && lower_before && !current.is_empty() {
            out.push(std::mem::take(&mut current));
        }
        lower_before = !c.is_uppercase();
        current.extend(c.to_lowercase());
    }
    if !current.is_empty() {
        out.push(current);
    }
    out
}
