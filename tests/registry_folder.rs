//! The registry folder: all faults are reported at once, each with its file and line.

use harness::Setup;
use registry::fault::{Fault, Severity};

/// Every error of the usual folder after `change`, as `FILE:LINE`.
fn errors(change: impl FnOnce(Setup) -> Setup) -> Vec<(String, Fault)> {
    let checked = registry::folder::check(&change(Setup::new()).folder);
    assert!(checked.snapshot().is_none(), "a folder with an error should have no snapshot");
    let errors = checked.faults.into_iter().filter(|fault| fault.severity == Severity::Error);
    errors.map(|fault| (format!("{}:{}", fault.place.file, fault.place.line), fault)).collect()
}

#[test]
fn usual_folder_has_no_errors() {
    let checked = registry::folder::check(&Setup::new().folder);
    assert!(checked.snapshot().is_some(), "the folder of all tests should compile: {:#?}", checked.faults);
}

#[test]
fn all_faults_are_reported_at_once_with_lines() {
    let found = errors(|setup| {
        setup
            .replace("origins/documents.toml", "title = \"Documents\"", "tittle = \"Documents\"")
            .replace("origins/tickets.toml", "[tools.find]", "[tools.find]\nread_olny = true")
            .replace("gateway.toml", "virtual_server = \"engineering\"", "virtual_server = \"enginering\"")
            .replace("gateway.toml", "id = \"other-agent\"", "id = \"claude-code\"")
            .replace("origins/people.toml", "type = \"signed_identity\"", "type = \"client_token\"")
            .file(
                "policies/broken.cedar",
                "permit (principal, action, resource)\n  when { context.nothing };\n\nforbid (principal\n",
            )
            .file("virtual-servers/Bad Name.toml", "title = \"x\"\ndescription = \"x\"\n")
    });
    let expected = [
        "origins/documents.toml:2",
        "origins/tickets.toml:9",
        "gateway.toml:44",
        "gateway.toml:22",
        "origins/people.toml:6",
        "policies/broken.cedar:",
        "virtual-servers/Bad Name.toml:1",
    ];
    for place in expected {
        let told = found.iter().any(|(found, _)| found.starts_with(place));
        assert!(
            told,
            "a fault at {place} should be reported: {:#?}",
            found.iter().map(|(_, fault)| fault.to_string()).collect::<Vec<_>>()
        );
    }
}

#[test]
fn addresses_inside_a_network_are_refused_outside_development() {
    for url in [
        "http://documents.example.com/mcp",
        "https://127.0.0.1/mcp",
        "https://localhost/mcp",
        "https://10.1.2.3/mcp",
        "https://192.168.0.1/mcp",
        "https://172.16.0.1/mcp",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/mcp",
        "https://[fd00::1]/mcp",
        "https://[::ffff:10.0.0.1]/mcp",
        "https://2130706433/mcp",
        "https://0x7f.1/mcp",
        "https://user:password@documents.example.com/mcp",
        "file:///etc/passwd",
    ] {
        let found = errors(|setup| {
            let (issuer, people, tickets) =
                (setup.issuer.url().to_owned(), setup.people.url().to_owned(), setup.tickets.url().to_owned());
            let documents = setup.documents.url().to_owned();
            let mut setup = setup
                .replace("gateway.toml", "url = \"http://127.0.0.1:8787\"", "url = \"https://mcp.example.com\"")
                .replace("gateway.toml", "[development]\nloopback_origins = true\n", "")
                .replace("origins/documents.toml", &documents, url)
                .replace("origins/people.toml", &people, "https://people.example.com/mcp")
                .replace("origins/tickets.toml", &tickets, "https://tickets.example.com/mcp");
            let gateway = setup.folder.get_mut("gateway.toml").expect("the folder has a gateway");
            *gateway = gateway.replace(&issuer, "https://idp.example.com");
            setup
        });
        let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["origins/documents.toml:1"], "`{url}` should be the one fault");
    }
}

#[test]
fn loopback_origins_are_legal_on_loopback_only() {
    let found = errors(|setup| {
        setup.replace("gateway.toml", "url = \"http://127.0.0.1:8787\"", "url = \"https://mcp.example.com\"")
    });
    assert!(
        found.iter().any(|(place, _)| place.starts_with("gateway.toml")),
        "development should not be deployable: {found:#?}"
    );
}
