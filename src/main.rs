use std::io::BufRead;
fn main() {
    let mut n=0; let mut bad=0;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let v: serde_json::Value = serde_json::from_str(&line).unwrap();
        let c = v["command"].as_str().unwrap();
        let bump = bumpalo::Bump::new();
        let s = gate::facts::shell::read(&bump, c, 0, 0);
        n+=1;
        if let Some(e) = s.error { bad+=1; println!("{}\t{}\t{}", v["id"].as_str().unwrap(), e.message, e.at); }
    }
    eprintln!("{n} {bad}");
}
