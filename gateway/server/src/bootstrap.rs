//! The first tenant, from `[bootstrap]`: used once, when the store is empty. Later the section may stay or go, and its
//! password file too.

use anyhow::anyhow;
use hearthline_api::{NewTenant, ProblemDetails, form};
use hearthline_http::{Gateway, ensure_first_tenant, wants_first_tenant};
use serde_json::json;

use crate::config::{Bootstrap, ConfigError};

/// Makes the first tenant and its administrator, unless there is one.
///
/// # Errors
/// The password can't be read, or a field is refused: the key is named.
pub async fn ensure(gateway: &Gateway, bootstrap: &Bootstrap) -> anyhow::Result<()> {
    let failed = |problem: hearthline_http::Problem| told(bootstrap, problem.0.details());
    if !wants_first_tenant(gateway).await.map_err(failed)? {
        return Ok(());
    }
    let file = bootstrap.admin_password_file.display();
    let password = std::fs::read_to_string(&bootstrap.admin_password_file)
        .map_err(|error| ConfigError::at("bootstrap.admin_password_file", &file, error))?;
    // Read as a request is, so that the same is allowed.
    let fields = json!({
        "name": bootstrap.tenant,
        "admin_email": bootstrap.admin_email,
        "admin_password": password.trim_end_matches(['\r', '\n']),
    });
    let new: NewTenant =
        form::from_json(fields.to_string().as_bytes()).map_err(|fault| told(bootstrap, fault.details()))?;
    if let Some(tenant) = ensure_first_tenant(gateway, new).await.map_err(failed)? {
        tracing::info!(tenant = %tenant.id, "the first tenant was made");
    }
    Ok(())
}

/// Wrong fields by the keys that they come from.
fn told(bootstrap: &Bootstrap, problem: ProblemDetails) -> anyhow::Error {
    let Some(wrong) = problem.errors.first() else {
        return anyhow!("making the first tenant: {}", problem.title);
    };
    let file = bootstrap.admin_password_file.display().to_string();
    let (key, value) = match wrong.field.as_str() {
        "admin_email" => ("bootstrap.admin_email", &bootstrap.admin_email),
        "admin_password" => ("bootstrap.admin_password_file", &file),
        _ => ("bootstrap.tenant", &bootstrap.tenant),
    };
    ConfigError::at(key, value, &wrong.message).into()
}
