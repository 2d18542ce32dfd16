//! Access tokens of apps that were made since 2026: by the client credentials grant, for a day. The app's
//! client secret is what its webhooks are signed with.

use form_urlencoded::Serializer;

use crate::access::{Access, ApiField};
use crate::grant::{Grant, GrantRequest};

pub(super) const GRANT: Grant = Grant {
    fields: &[ApiField::text("host"), ApiField::text("client_id")],
    request,
    hint: "api.client_id and the endpoint's secret must be the client id and secret of one app, which is \
           installed in this shop and may read orders (read_orders)",
};

fn request(access: &Access, secret: &str) -> GrantRequest {
    let body = Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", access.get("client_id"))
        .append_pair("client_secret", secret)
        .finish();
    let host = access.get("host");
    GrantRequest {
        url: format!("https://{host}/admin/oauth/access_token"),
        headers: vec![
            ("accept", "application/json".to_owned()),
            (
                "content-type",
                "application/x-www-form-urlencoded".to_owned(),
            ),
        ],
        body,
    }
}
