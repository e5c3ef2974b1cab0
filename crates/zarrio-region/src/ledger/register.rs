//! The names of a ledger's objects, where a listing is dear.
//!
//! An object store tells a thousand names by one request, of the whole ledger, however little
//! of it a writer wants to know. There every name is entered in a register as well, in one of
//! its sheets: the one of a stretch of the dimension along which the archive grows, or the one
//! of all that is in no single stretch. A writer reads the sheets of what it writes to, and
//! lists nothing.
//!
//! A sheet is changed on the condition that nobody changed it since it was read, so no entry
//! is lost. Work is announced by an entry there (see [`work`]), and the name of its record entered
//! with it, before that is put: what counts is always entered, and what is entered may be absent,
//! not finished or over. Writers enter themselves before they look, as they announce before
//! they look in a directory, so of two at once at least one sees the other.
//!
//! Whoever cannot enter names, because the archive is in a directory now or on a server that
//! does not keep conditions, says in the register that it lacks some, whenever it has put one.
//! It is made anew then, from one listing, by the next one who can.

mod form;
mod moving;
mod sheet;
mod work;

use std::collections::BTreeSet;

use serde::Serialize;
use zarrio_store::{Key, StoreError, StoreErrorKind};

use super::{Extent, Ledger, Name, Record, random};
use crate::RegionError;
use form::WIDE;
use sheet::{Entry, Sheet};

pub(super) use form::Register;
pub(super) use sheet::{Entered, Found};

/// The object that says how names are kept, and whether all are.
const FORM: &str = "register/form.json";
/// How often the register is made anew when others say that it does not hold.
const ATTEMPTS: usize = 3;

impl Ledger<'_> {
    /// Names of records and segments that may be about some extents; all where no register tells
    /// them, and `true` where one does.
    pub(super) fn names_about<'e>(
        &self,
        extents: impl Iterator<Item = &'e Extent>,
    ) -> Result<(Vec<String>, bool), RegionError> {
        let Some(Found { names, .. }) = self.found_about(extents)? else {
            return Ok((self.names("")?, false));
        };
        let wanted = |name: &String| name.starts_with("records/") || name.starts_with("segments/");
        Ok((names.into_iter().filter(wanted).collect(), true))
    }

    /// Names and work that may be about some extents; nothing where no register tells them.
    pub(super) fn found_about<'e>(
        &self,
        extents: impl Iterator<Item = &'e Extent>,
    ) -> Result<Option<Found>, RegionError> {
        let sheets = self.register()?.and_then(|r| r.sheets_about(extents));
        let Some(sheets) = sheets else {
            return Ok(None);
        };
        let found = self.found_in(sheets)?;
        // Asked last: whoever put a name without entering it says so after that, and looks at
        // ours after that.
        let form = self.form()?;
        let form = form.and_then(|form| serde_json::from_slice::<Register>(&form).ok());
        let is_whole = form.is_some_and(|form| form.whole);
        Ok(is_whole.then_some(found))
    }

    /// What stands in some sheets.
    fn found_in(&self, sheets: impl IntoIterator<Item = String>) -> Result<Found, RegionError> {
        let sheets: Vec<String> = sheets.into_iter().collect();
        let keys = sheets.iter().map(|sheet| self.sheet_key(sheet));
        let keys: Vec<Key> = keys.collect::<Result<_, _>>()?;
        let dated = self.store.get_each_dated(&keys).map_err(failed())?;
        let mut found = Found::default();
        for ((sheet, key), dated) in sheets.iter().zip(&keys).zip(dated) {
            let Some((bytes, modified)) = dated else {
                continue;
            };
            match serde_json::from_slice(&bytes) {
                Ok(read) => found.take(sheet, read, modified),
                Err(_) => return Err(self.damaged(key)?),
            }
        }
        Ok(found)
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
        let sheet = Sheet {
            names: [format!("records/{name}")].into(),
            ..Sheet::default()
        };
        put(
            &self.sheet_key(&register.sheet_of(name))?,
            to_bytes(&sheet)?,
        )?;
        put(&self.form_key()?, to_bytes(&register)?)
    }

    /// The register; none where names are listed. Made where not all names are entered.
    pub(super) fn register(&self) -> Result<Option<&Register>, RegionError> {
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
    pub(super) fn distrust(&self) -> Result<(), RegionError> {
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
        let mut sheets = self.placed(register)?;
        for name in self.names("")? {
            let sheet = self.place_in(register, &name);
            sheets.entry(sheet).or_default().names.insert(name);
        }
        let announced = self.names("intents")?;
        let announced = announced.into_iter().filter(|name| name.ends_with(".json"));
        let wide = sheets.entry(WIDE.to_owned()).or_default();
        wide.names.extend(announced);
        for (sheet, new) in sheets {
            let key = self.sheet_key(&sheet)?;
            let mut add = |old: Option<&[u8]>| {
                // What cannot be read is in the listing all the same.
                let old = old.and_then(|old| serde_json::from_slice::<Sheet>(old).ok());
                let mut all = old.unwrap_or_default();
                all.names.extend(new.names.iter().cloned());
                for (name, entry) in &new.work {
                    all.work
                        .entry(name.clone())
                        .or_insert_with(|| entry.clone());
                }
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

    /// Enters names in a sheet.
    fn enter(
        &self,
        names: impl IntoIterator<Item = String>,
        sheet: &str,
    ) -> Result<(), RegionError> {
        let mut names: BTreeSet<String> = names.into_iter().collect();
        names.retain(|name| !self.is_entered(name));
        if names.is_empty() {
            return Ok(());
        }
        self.change(sheet, &mut |sheet| {
            sheet.names.extend(names.iter().cloned());
        })?;
        self.have_entered(names);
        Ok(())
    }

    fn have_entered(&self, names: impl IntoIterator<Item = String>) {
        if let Ok(mut entered) = self.entered.lock() {
            entered.extend(names);
        }
    }

    /// Changes a sheet, and takes out what is over: nobody would pay a request for that alone.
    fn change(&self, sheet: &str, change: &mut dyn FnMut(&mut Sheet)) -> Result<(), RegionError> {
        let key = self.sheet_key(sheet)?;
        let (before, modified) = self.sheet(&key)?;
        let over = self.over(sheet, &before)?;
        let mut damaged = false;
        let mut changed = |old: Option<&[u8]>| {
            let old = old.map(serde_json::from_slice::<Sheet>).transpose();
            let Ok(old) = old else {
                damaged = true;
                return None;
            };
            let mut sheet = old.unwrap_or_default();
            sheet.note(&before, modified);
            sheet.names.retain(|name| !over.contains(name));
            sheet.work.retain(|name, _| !over.contains(name));
            change(&mut sheet);
            serde_json::to_vec(&sheet).ok()
        };
        let merged = self.store.merge(&key, &self.lock, &mut changed);
        if !merged.map_err(failed())? || damaged {
            return Err(self.damaged(&key)?);
        }
        Ok(())
    }

    /// The names of announcements in a sheet that are over.
    fn over(&self, name: &str, sheet: &Sheet) -> Result<BTreeSet<String>, RegionError> {
        let mut over = BTreeSet::new();
        for name in &sheet.names {
            let object = self.place.key(name).map_err(failed())?;
            if name.starts_with("intents/") && !self.store.exists(&object).map_err(failed())? {
                over.insert(name.clone());
            }
        }
        let mut found = Found::default();
        found.take(name, sheet.clone(), None);
        over.extend(self.ended(&found.work)?);
        Ok(over)
    }

    /// The sheet of something by its name.
    fn place_in(&self, register: &Register, name: &str) -> String {
        let parsed = Name::parse(name.rsplit('/').next().unwrap_or_default());
        parsed.map_or(WIDE.to_owned(), |parsed| register.sheet_of(&parsed))
    }

    fn is_entered(&self, name: &str) -> bool {
        let entered = self.entered.lock();
        entered.is_ok_and(|entered| entered.contains(name))
    }

    /// A sheet, and when it was changed last.
    fn sheet(&self, key: &Key) -> Result<(Sheet, Option<i64>), RegionError> {
        let dated = self.store.get_each_dated(std::slice::from_ref(key));
        match dated.map_err(failed())?.into_iter().next().flatten() {
            None => Ok(Default::default()),
            Some((bytes, modified)) => match serde_json::from_slice(&bytes) {
                Ok(sheet) => Ok((sheet, modified)),
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
