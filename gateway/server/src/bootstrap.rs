//! The first tenant, from `[bootstrap]`: used once, when the store is empty.

use anyhow::{Context, anyhow};
use hearthline_api::NewTenant;
use hearthline_http::{Gateway, ensure_first_tenant};

use crate::config::Bootstrap;

/// Makes the first tenant and its administrator, unless there is one.
///
/// # Errors
/// The password can't be read, or a field is refused: the key is named.
pub async fn ensure(gateway: &Gateway, bootstrap: &Bootstrap) -> anyhow::Result<()> {
    let file = &bootstrap.admin_password_file;
    let password = std::fs::read_to_string(file)
        .with_context(|| format!("bootstrap.admin_password_file = {:?}", file.display()))?;
    let new = NewTenant {
        name: bootstrap.tenant.clone(),
        admin_email: bootstrap.admin_email.clone(),
        admin_password: password.trim_end_matches(['\r', '\n']).to_owned(),
    };
    match ensure_first_tenant(gateway, new).await {
        Ok(Some(tenant)) => tracing::info!(tenant = %tenant.id, "the first tenant was made"),
        Ok(None) => {}
        Err(problem) => {
            let details = problem.0.details();
            let fields: Vec<String> =
                details.errors.iter().map(|e| format!("bootstrap.{}: {}", e.field, e.message)).collect();
            let text = if fields.is_empty() { details.title } else { fields.join("; ") };
            return Err(anyhow!("making the first tenant: {text}"));
        }
    }
    Ok(())
}
