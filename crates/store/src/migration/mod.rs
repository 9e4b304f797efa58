//! Migrations: numbered, forward only, frozen once released.

mod m0001_ledger;

use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// The list, oldest first.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_ledger::Migration)]
    }
}
