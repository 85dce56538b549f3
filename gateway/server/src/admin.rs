//! `hearthline admin …`: what an operator does. Beside a server on a CQL server it runs at any time; an embedded store has to be
//! stopped, and a running server answers `GET /v1/audit/verification` instead.

use anyhow::Context;
use clap::{Args, Subcommand};
use hearthline_sealing::{MasterKey, OsRandom, StoredKeyring};
use hearthline_storage_api::{
    Random, Store,
    rows::{
        audit::{Anchor, Verified, verify},
        tenant::list_tenants,
    },
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    backing::{self, Backing},
    config::Config,
};

/// What an operator does.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Reads the audit log of every tenant and says what is not as it was written. Ends with 1 if anything is not.
    VerifyAudit(VerifyAuditArgs),
}

/// How the log is verified.
#[derive(Debug, Args)]
pub struct VerifyAuditArgs {
    /// As of `serve`.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// An anchor that was kept: the log must have gone on from there.
    #[arg(long, value_name = "FILE")]
    pub anchor: Option<PathBuf>,
    /// Where to write how far the log has got, once it was found intact: keep it where the server can't write.
    #[arg(long, value_name = "FILE")]
    pub write_anchor: Option<PathBuf>,
}

/// One tenant's log.
#[derive(Debug)]
pub struct TenantVerdict {
    pub tenant: String,
    pub verified: Verified,
}

/// Verifies every tenant's log, and writes the new anchor if all are intact.
///
/// # Errors
/// The store, the key or an anchor can't be opened.
pub async fn verify_audit(args: &VerifyAuditArgs) -> anyhow::Result<Vec<TenantVerdict>> {
    let config = Config::load(args.config.as_ref())?;
    let noted = args.anchor.as_deref().map(read_anchors).transpose()?.unwrap_or_default();
    let file = &config.keys.master_file;
    let key = backing::read_master_key(file)?;
    let key =
        key.with_context(|| format!("keys.master_file = {:?}: there is no such file", file.display()))?;
    let opened = Backing::open(&config).await;
    let Backing { store, stream, on_disk, .. } =
        opened.context("a running server verifies its log itself: GET /v1/audit/verification")?;
    drop(stream);
    let verdicts = verify_all(store, key, file, &noted).await;
    on_disk.close().await?;
    let verdicts = verdicts?;
    let intact = verdicts.iter().all(|verdict| verdict.verified.findings.is_empty());
    if let Some(file) = args.write_anchor.as_deref().filter(|_| intact) {
        write_anchors(file, &verdicts)?;
    }
    Ok(verdicts)
}

async fn verify_all(
    store: Arc<dyn Store>,
    master: MasterKey,
    file: &Path,
    noted: &BTreeMap<String, Anchor>,
) -> anyhow::Result<Vec<TenantVerdict>> {
    let random: Arc<dyn Random> = Arc::new(OsRandom);
    let keyring = StoredKeyring::open(Arc::clone(&store), master, random).await;
    let keyring = keyring.map_err(|error| backing::unopened(error, file))?;
    let mut verdicts = Vec::new();
    for tenant in list_tenants(&*store).await.context("listing tenants")? {
        let name = tenant.to_string();
        let verified = verify(&*store, &keyring, tenant, noted.get(&name)).await;
        let verified = verified.with_context(|| format!("reading the log of {name}"))?;
        verdicts.push(TenantVerdict { tenant: name, verified });
    }
    Ok(verdicts)
}

fn read_anchors(file: &Path) -> anyhow::Result<BTreeMap<String, Anchor>> {
    let text = std::fs::read(file).with_context(|| format!("reading {:?}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{:?} is no anchor of ours", file.display()))
}

fn write_anchors(file: &Path, verdicts: &[TenantVerdict]) -> anyhow::Result<()> {
    let anchors: BTreeMap<&str, &Anchor> =
        verdicts.iter().map(|verdict| (verdict.tenant.as_str(), &verdict.verified.anchor)).collect();
    let text = serde_json::to_vec_pretty(&anchors).context("writing an anchor")?;
    std::fs::write(file, text).with_context(|| format!("writing {:?}", file.display()))
}
