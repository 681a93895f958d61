//! URI templates (RFC 6570): the URIs that they expand to for plain values.

/// The value of every variable.
const VALUE: &str = "a";

/// The expansions with all variables, and without those that may be missing; `None` if it is no template.
pub(super) fn expansions(template: &str) -> Option<[String; 2]> {
    let [mut whole, mut least] = [String::new(), String::new()];
    let mut rest = template;
    while let Some((literal, behind)) = rest.split_once('{') {
        let (expression, behind) = behind.split_once('}')?;
        let (operator, variables) = match expression.chars().next()? {
            operator if "+#./;?&".contains(operator) => (operator, &expression[1..]),
            _ => (' ', expression),
        };
        let names: Option<Vec<&str>> = variables.split(',').map(name).collect();
        let names = names.filter(|_| !literal.contains('}'))?;
        let named: Vec<String> = names.iter().map(|name| format!("{name}={VALUE}")).collect();
        let values = vec![VALUE; names.len()];
        whole += literal;
        least += literal;
        match operator {
            ' ' | '+' => {
                whole += &values.join(",");
                least += &values.join(",");
            }
            '#' => whole += &format!("#{}", values.join(",")),
            '.' => whole += &format!(".{}", values.join(".")),
            '/' => whole += &format!("/{}", values.join("/")),
            ';' => whole += &format!(";{}", named.join(";")),
            '?' => whole += &format!("?{}", named.join("&")),
            _ => whole += &format!("&{}", named.join("&")),
        }
        rest = behind;
    }
    (!rest.contains('}')).then(|| [whole + rest, least + rest])
}

/// The name of a variable, without `*` and `:3`.
fn name(variable: &str) -> Option<&str> {
    let (name, length) = variable.split_once(':').unwrap_or((variable.strip_suffix('*').unwrap_or(variable), "1"));
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'%'));
    (is_name && length.parse::<u16>().is_ok()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansions_are_those_of_rfc_6570() {
        for (template, whole, least) in [
            ("a://b", "a://b", "a://b"),
            ("a://{b}", "a://a", "a://a"),
            ("a://{+b}/{c,d}", "a://a/a,a", "a://a/a,a"),
            ("a://b{/c*}{.d:3}", "a://b/a.a", "a://b"),
            ("a://b{?c,d}{&e}{#f}", "a://b?c=a&d=a&e=a#a", "a://b"),
            ("a://b{;c}/d", "a://b;c=a/d", "a://b/d"),
        ] {
            assert_eq!(expansions(template), Some([whole.to_owned(), least.to_owned()]), "{template}");
        }
        for text in ["a://{b", "a://b}", "a://{}", "a://{b c}", "a://{!b}", "a://{b,}", "a://{b:x}", "a://}{b}"] {
            assert_eq!(expansions(text), None, "`{text}` should be no template");
        }
    }
}
