//! The names of a ledger's objects, where a listing is dear.
//!
//! An object store tells a thousand names by one request, of the whole ledger, however little
//! of it a writer wants to know. There every name is entered in a register as well, in one of
//! its sheets: the one of a stretch of the dimension along which the archive grows, or the one
//! of all that is in no single stretch. A writer reads the sheets of what it writes to, and
//! lists nothing.
//!
//! A sheet is changed on the condition that nobody changed it since it was read, so no entry
//! is lost. A name is entered before its record is put, and after its announcement was: a
//! record or an announcement that counts is always entered, and what is entered may be absent,
//! not finished or over. Writers enter themselves before they look, as they announce before
//! they look in a directory, so of two at once at least one sees the other.
//!
//! Whoever cannot enter names, because the archive is in a directory now or on a server that
//! does not keep conditions, says in the register that it lacks some, whenever it has put one.
//! It is made anew then, from one listing, by the next one who can.

mod form;
mod moving;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use zarrio_store::{Key, StoreError, StoreErrorKind};

use super::{Extent, Intent, Ledger, Name, Record, random};
use crate::RegionError;
use form::WIDE;

pub(super) use form::Register;

/// The object that says how names are kept, and whether all are.
const FORM: &str = "register/form.json";
/// How often the register is made anew when others say that it does not hold.
const ATTEMPTS: usize = 3;

/// The names of a sheet.
type Sheet = BTreeSet<String>;

impl Ledger<'_> {
    /// Names of the objects in a place of the ledger that may be about some extents; all where
    /// no register tells them, and `true` where one does.
    pub(super) fn names_about<'e>(
        &self,
        below: &str,
        extents: impl Iterator<Item = &'e Extent>,
    ) -> Result<(Vec<String>, bool), RegionError> {
        let sheets = self.register()?.and_then(|r| r.sheets_about(extents));
        let Some(sheets) = sheets else {
            return Ok((self.names(below)?, false));
        };
        let wanted = |name: &String| match below {
            "" => name.starts_with("records/") || name.starts_with("segments/"),
            below => name.split('/').next() == Some(below),
        };
        let mut names = Sheet::new();
        for sheet in sheets {
            let found = self.sheet(&self.sheet_key(&sheet)?)?;
            names.extend(found.into_iter().filter(wanted));
        }
        // Asked last: whoever put a name without entering it says so after that, and looks at
        // ours after that.
        let form = self.form()?;
        let form = form.and_then(|form| serde_json::from_slice::<Register>(&form).ok());
        match form.is_some_and(|form| form.whole) {
            true => Ok((names.into_iter().collect(), true)),
            false => Ok((self.names(below)?, false)),
        }
    }

    /// Enters an announcement, which was put, and the record that is to follow.
    pub(super) fn enter_work(&self, intent: &Intent, name: &str) -> Result<(), RegionError> {
        let Some(register) = self.register()? else {
            return self.distrust();
        };
        let extents = intent.parts.iter().map(|(_, extent)| extent);
        let axis = self.axis.as_ref().map(|(name, _)| name.as_str());
        let record = Name::new(&intent.id, axis, extents);
        let names = [format!("intents/{name}.json"), format!("records/{record}")];
        self.enter(names, &register.sheet_of(&record))
    }

    /// Puts a record that is entered, or is known not to be.
    pub(super) fn put_entered(
        &self,
        name: &Name,
        put: impl FnOnce() -> Result<(), RegionError>,
    ) -> Result<(), RegionError> {
        if let Some(register) = self.register()? {
            self.enter([format!("records/{name}")], &register.sheet_of(name))?;
            return put();
        }
        // Before it as well, for the case that this process ends between the two.
        self.distrust()?;
        put()?;
        self.distrust()
    }

    /// The register of a ledger of which nobody else knows yet, with its first record.
    pub(super) fn found_register(&self, record: &Record, name: &Name) -> Result<(), RegionError> {
        if self.store.lists_cheaply() {
            return Ok(());
        }
        let axis = record.axis().and_then(|axis| {
            let spans = record.extents.iter().filter_map(|e| e.span(axis));
            Some((axis.to_owned(), spans.map(|span| span.end).max()?))
        });
        let register = Register {
            whole: true,
            ..Register::new(axis)?
        };
        let put = |key: &Key, bytes: Vec<u8>| self.store.put(key, &bytes).map_err(failed());
        let sheet = Sheet::from([format!("records/{name}")]);
        put(
            &self.sheet_key(&register.sheet_of(name))?,
            to_bytes(&sheet)?,
        )?;
        put(&self.form_key()?, to_bytes(&register)?)
    }

    /// The register; none where names are listed. Made where not all names are entered.
    fn register(&self) -> Result<Option<&Register>, RegionError> {
        if let Some(known) = self.register.get() {
            return Ok(known.as_ref());
        }
        let found = self.find_register()?;
        Ok(self.register.get_or_init(|| found).as_ref())
    }

    fn find_register(&self) -> Result<Option<Register>, RegionError> {
        if self.store.lists_cheaply() {
            return Ok(None);
        }
        match self.store.check_merge(&self.lock) {
            Err(error) if error.kind() == StoreErrorKind::Unsupported => return Ok(None),
            result => result.map_err(failed())?,
        }
        for _ in 0..ATTEMPTS {
            let (register, bytes) = self.agreed()?;
            if register.whole || self.fill(&register, &bytes)? {
                return Ok(Some(register));
            }
        }
        Err(self.unavailable("others say again and again that not all is entered"))
    }

    /// Says of a register that not all names are entered, after one was put that is not: who
    /// fills it meanwhile sees that it is another one, and lists again.
    fn distrust(&self) -> Result<(), RegionError> {
        // Hardly ever is there one: a look takes less than a reading.
        let key = self.form_key()?;
        if !self.store.exists(&key).map_err(failed())? {
            return Ok(());
        }
        let Some(bytes) = self.form()? else {
            return Ok(());
        };
        let register = match serde_json::from_slice::<Register>(&bytes) {
            Ok(known) => Register {
                whole: false,
                mark: random()?,
                ..known
            },
            Err(_) => Register::new(self.axis.clone())?,
        };
        let put = self.store.put(&key, &to_bytes(&register)?);
        put.map_err(failed())
    }

    fn form(&self) -> Result<Option<Vec<u8>>, RegionError> {
        self.store.get(&self.form_key()?).map_err(failed())
    }

    /// How names are kept, as all agree; decided now where nobody did.
    fn agreed(&self) -> Result<(Register, Vec<u8>), RegionError> {
        let read = |bytes: &[u8]| {
            let register: Register = serde_json::from_slice(bytes).ok()?;
            (register.stretch > 0).then(|| (register, bytes.to_vec()))
        };
        if let Some(agreed) = self.form()?.as_deref().and_then(read) {
            return Ok(agreed);
        }
        let new = Register::new(self.axis_of_names()?)?;
        let bytes = to_bytes(&new)?;
        let mut agreed = None;
        let mut decide = |old: Option<&[u8]>| {
            let decided = old.and_then(read);
            let decided = decided.unwrap_or_else(|| (new.clone(), bytes.clone()));
            let bytes = decided.1.clone();
            agreed = Some(decided);
            Some(bytes)
        };
        let merged = self.store.merge(&self.form_key()?, &self.lock, &mut decide);
        merged.map_err(failed())?;
        agreed.ok_or_else(|| self.unavailable("it cannot be told how names are kept"))
    }

    /// The dimension along which the archive grows, and a length that it has at least.
    fn axis_of_names(&self) -> Result<Option<(String, u64)>, RegionError> {
        if self.axis.is_some() {
            return Ok(self.axis.clone());
        }
        let names = self.names("")?;
        let spans = names.iter().filter_map(|name| {
            let name = Name::parse(name.rsplit('/').next()?)?;
            name.span()
                .map(|(dimension, _, end)| (dimension.to_owned(), end))
        });
        Ok(spans.max_by_key(|(_, end)| *end))
    }

    /// Enters everything that there is; `false` where somebody said meanwhile that others were
    /// at work who do not enter what they put.
    fn fill(&self, register: &Register, bytes: &[u8]) -> Result<bool, RegionError> {
        tracing::info!(ledger = %self.place, "entering all names of the ledger in its register");
        let mut sheets: BTreeMap<String, Sheet> = BTreeMap::new();
        for name in self.names("")? {
            let parsed = Name::parse(name.rsplit('/').next().unwrap_or_default());
            let sheet = parsed.map_or(WIDE.to_owned(), |parsed| register.sheet_of(&parsed));
            sheets.entry(sheet).or_default().insert(name);
        }
        let announced = self.names("intents")?;
        let announced = announced.into_iter().filter(|name| name.ends_with(".json"));
        sheets.entry(WIDE.to_owned()).or_default().extend(announced);
        for (sheet, names) in sheets {
            let key = self.sheet_key(&sheet)?;
            let mut add = |old: Option<&[u8]>| {
                // What cannot be read is in the listing all the same.
                let old = old.and_then(|old| serde_json::from_slice::<Sheet>(old).ok());
                let all: Sheet = old.unwrap_or_default().union(&names).cloned().collect();
                serde_json::to_vec(&all).ok()
            };
            let merged = self.store.merge(&key, &self.lock, &mut add);
            merged.map_err(failed())?;
        }
        let whole = Register {
            whole: true,
            ..register.clone()
        };
        let whole = to_bytes(&whole)?;
        let mut settle = |old: Option<&[u8]>| match old {
            Some(old) if old == bytes || old == whole => Some(whole.clone()),
            _ => None,
        };
        let settled = self.store.merge(&self.form_key()?, &self.lock, &mut settle);
        settled.map_err(failed())
    }

    /// Enters names in a sheet, and takes out the announcements that are over: nobody would pay
    /// a request for that alone.
    fn enter(
        &self,
        names: impl IntoIterator<Item = String>,
        sheet: &str,
    ) -> Result<(), RegionError> {
        let mut names: Sheet = names.into_iter().collect();
        let key = self.sheet_key(sheet)?;
        names.retain(|name| !self.is_entered(name));
        if names.is_empty() {
            return Ok(());
        }
        let mut over = Sheet::new();
        for name in self.sheet(&key)? {
            let object = self.place.key(&name).map_err(failed())?;
            if name.starts_with("intents/") && !self.store.exists(&object).map_err(failed())? {
                over.insert(name);
            }
        }
        let mut damaged = false;
        let mut add = |old: Option<&[u8]>| {
            let old = old.map(serde_json::from_slice::<Sheet>).transpose();
            let Ok(old) = old else {
                damaged = true;
                return None;
            };
            let mut sheet = old.unwrap_or_default();
            sheet.retain(|name| !over.contains(name));
            sheet.extend(names.iter().cloned());
            serde_json::to_vec(&sheet).ok()
        };
        let merged = self.store.merge(&key, &self.lock, &mut add);
        if !merged.map_err(failed())? || damaged {
            return Err(self.damaged(&key)?);
        }
        let mut entered = self.entered.lock();
        if let Ok(entered) = &mut entered {
            entered.extend(names);
        }
        Ok(())
    }

    fn is_entered(&self, name: &str) -> bool {
        let entered = self.entered.lock();
        entered.is_ok_and(|entered| entered.contains(name))
    }

    fn sheet(&self, key: &Key) -> Result<Sheet, RegionError> {
        match self.store.get(key).map_err(failed())? {
            None => Ok(Sheet::new()),
            Some(bytes) => match serde_json::from_slice(&bytes) {
                Ok(sheet) => Ok(sheet),
                Err(_) => Err(self.damaged(key)?),
            },
        }
    }

    /// Has a register made anew of which a part cannot be read.
    fn damaged(&self, key: &Key) -> Result<RegionError, RegionError> {
        self.distrust()?;
        let message = format!("{key} is damaged; it is made anew when the command is run again");
        Ok(self.unavailable(&message))
    }

    fn unavailable(&self, message: &str) -> RegionError {
        failed()(StoreError::new(
            StoreErrorKind::Unavailable,
            self.store.location(),
            message,
        ))
    }

    fn form_key(&self) -> Result<Key, RegionError> {
        self.place.key(FORM).map_err(failed())
    }

    fn sheet_key(&self, sheet: &str) -> Result<Key, RegionError> {
        let name = format!("register/{sheet}.json");
        self.place.key(&name).map_err(failed())
    }
}

fn failed() -> impl FnOnce(StoreError) -> RegionError {
    RegionError::store("cannot use the register of the archive's records")
}

fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, RegionError> {
    serde_json::to_vec(value).map_err(|e| RegionError::Archive {
        message: format!("the register cannot be written: {e}"),
    })
}
