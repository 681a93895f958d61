//! The modules of one crate: the items each defines, the imports it has, the paths it mentions.

use std::collections::{BTreeMap, BTreeSet};

/// One module of a crate, in a file of its own or inside another's.
#[derive(Debug, Default)]
pub struct Module {
    /// Its file, from the root of the repository.
    pub file: String,
    /// The index of the module around it; the crate's root has none.
    pub parent: Option<usize>,
    /// The folder in which the files of its child modules lie.
    pub folder: String,
    /// Child modules by name.
    pub children: BTreeMap<String, usize>,
    /// Names defined here.
    pub items: BTreeSet<String>,
    /// `use` declarations, one for each leaf of the tree.
    pub imports: Vec<Import>,
    /// Paths of two segments or more outside of `use`.
    pub mentions: Vec<Mention>,
    /// Names that stand alone, with the line of the first.
    pub names: BTreeMap<String, usize>,
}

/// One leaf of a `use` declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its path, as written; of a glob, the module's.
    pub path: Vec<String>,
    /// The name that it binds; `None` for a glob.
    pub name: Option<String>,
    /// True with any `pub`.
    pub public: bool,
    /// The leaf's line.
    pub line: usize,
}

/// One path in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its segments, up to the first with generic arguments.
    pub path: Vec<String>,
    /// Its line.
    pub line: usize,
}

/// Every module of a crate; the root is the first.
#[derive(Debug, Default)]
pub struct Crate {
    /// In the order in which they are declared.
    pub modules: Vec<Module>,
    /// Macros with `#[macro_export]`, which live at the root, and the modules that define them.
    pub macros: BTreeMap<String, usize>,
}

impl Crate {
    /// Adds the child `name` of `parent` in the file at `file`.
    pub fn add(&mut self, parent: usize, name: &str, file: String) -> usize {
        let folder = self.modules.get(parent).map(|module| format!("{}/{name}", module.folder)).unwrap_or_default();
        self.modules.push(Module { file, folder, parent: Some(parent), ..Module::default() });
        let child = self.modules.len() - 1;
        if let Some(module) = self.modules.get_mut(parent) {
            module.children.insert(name.to_owned(), child);
        }
        child
    }

    /// True if `module` is `ancestor` or lies below it.
    pub fn is_below(&self, module: usize, ancestor: usize) -> bool {
        let mut at = Some(module);
        while let Some(here) = at {
            if here == ancestor {
                return true;
            }
            at = self.modules.get(here).and_then(|module| module.parent);
        }
        false
    }
}
