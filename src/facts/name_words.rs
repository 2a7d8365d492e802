//! The words that a name is made of, however it joins them.

/// `createRefund`, `create_refund`, `create-refund` are the words create, refund; `DBDelete` is db, delete.
pub fn words_of(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut lower_before = false;
    let mut letters = name.chars().peekable();
    while let Some(c) = letters.next() {
        if !c.is_alphanumeric() {
            if !current.is_empty() {
                out.push(std::mem::take(&mut current));
            }
            lower_before = false;
            continue;
        }
        // Of a run of capitals the last begins the word behind it.
        let begins = c.is_uppercase() && (lower_before || letters.peek().is_some_and(|next| next.is_lowercase()));
        if begins && !current.is_empty() {
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

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn words() {
        for name in ["createRefund", "create_refund", "CREATE-REFUND", "CreateRefund"] {
            assert_eq!(words_of(name), ["create", "refund"], "{name}");
        }
        assert_eq!(words_of("SQLDropTable"), ["sql", "drop", "table"]);
        assert_eq!(words_of("deleteVM2"), ["delete", "vm2"]);
        assert_eq!(words_of("__"), [""; 0]);
    }
}
