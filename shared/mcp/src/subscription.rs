//! `subscriptions/listen`: what a client wants to hear of, what it is told, and under which subscription.
//!
//! ```text
//! params          {"notifications":{"toolsListChanged":true,"resourceSubscriptions":["handbook://leave"],"taskIds":["…"]},"_meta":{…}}
//! acknowledgement {"method":"notifications/subscriptions/acknowledged","params":{"notifications":{…},"_meta":{SUBSCRIPTION_ID:9}}}
//! notification    {"method":"notifications/tools/list_changed","params":{"_meta":{SUBSCRIPTION_ID:9}}}
//! result          {"resultType":"complete","_meta":{SUBSCRIPTION_ID:9}}
//! ```

use std::borrow::Cow;

use bytes::Bytes;

use crate::json_rpc::{self, Notification, RequestId};
use crate::meta::META;
use crate::params::ParamsError;
use crate::resource::MAX_URI_BYTES;
use crate::task;
use json::{Kind, Members, RawJson, RawJsonError};

/// In `_meta` of everything on a stream of `subscriptions/listen`: the id of the request that opened it.
pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
/// The first message on the stream: what the server will tell.
pub const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
/// The list of tools has changed.
pub const TOOLS_LIST_CHANGED: &str = "notifications/tools/list_changed";
/// The list of prompts has changed.
pub const PROMPTS_LIST_CHANGED: &str = "notifications/prompts/list_changed";
/// The list of resources has changed.
pub const RESOURCES_LIST_CHANGED: &str = "notifications/resources/list_changed";
/// One resource has changed: `{"uri":…}`.
pub const RESOURCE_UPDATED: &str = "notifications/resources/updated";

/// Most resources of one stream.
pub const MAX_RESOURCES: usize = 256;
/// Most tasks of one stream.
pub const MAX_TASKS: usize = 64;

/// What is to be told; nothing that is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// [`TOOLS_LIST_CHANGED`]
    pub tools_list_changed: bool,
    /// [`PROMPTS_LIST_CHANGED`]
    pub prompts_list_changed: bool,
    /// [`RESOURCES_LIST_CHANGED`]
    pub resources_list_changed: bool,
    /// [`RESOURCE_UPDATED`] of these URIs.
    pub resource_subscriptions: Vec<String>,
    /// [`task::NOTIFICATION`] of these tasks.
    pub task_ids: Vec<String>,
}

/// What one notification of an origin's tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// [`TOOLS_LIST_CHANGED`]
    Tools,
    /// [`PROMPTS_LIST_CHANGED`]
    Prompts,
    /// [`RESOURCES_LIST_CHANGED`]
    Resources,
    /// [`RESOURCE_UPDATED`] of this URI.
    Resource(String),
    /// [`task::NOTIFICATION`] of this task.
    Task(String),
}

impl Filter {
    /// Reads `params.notifications` of a request, or of an acknowledgement. What nobody here knows is not asked for.
    ///
    /// # Errors
    ///
    /// [`ParamsError`], also for more than [`MAX_RESOURCES`] or [`MAX_TASKS`].
    pub fn parse(params: Option<&Members>) -> Result<Self, ParamsError> {
        let error = ParamsError::new("notifications", "an object that says what to tell", "notifications_malformed");
        let wanted = params.and_then(|params| params.get("notifications")).and_then(|raw| raw.members().ok());
        let wanted = wanted.ok_or(error)?;
        let flag = |name: &str| match wanted.get(name) {
            None => Ok(false),
            Some(value) => value.boolean().ok_or(error),
        };
        let texts = |name: &str, most: usize, bytes: usize| match wanted.get(name) {
            None => Ok(Vec::new()),
            Some(value) => texts(value, most, bytes).ok_or(error),
        };
        Ok(Self {
            tools_list_changed: flag("toolsListChanged")?,
            prompts_list_changed: flag("promptsListChanged")?,
            resources_list_changed: flag("resourcesListChanged")?,
            resource_subscriptions: texts("resourceSubscriptions", MAX_RESOURCES, MAX_URI_BYTES)?,
            task_ids: texts("taskIds", MAX_TASKS, task::MAX_ID_BYTES)?,
        })
    }

    /// Whether nothing is to be told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this is to be told.
    #[must_use]
    pub fn wants(&self, change: &Change) -> bool {
        match change {
            Change::Tools => self.tools_list_changed,
            Change::Prompts => self.prompts_list_changed,
            Change::Resources => self.resources_list_changed,
            Change::Resource(uri) => self.resource_subscriptions.contains(uri),
            Change::Task(id) => self.task_ids.contains(id),
        }
    }

    /// The value of `params.notifications` that asks for this.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut wanted = Members::new();
        let flags = [
            ("toolsListChanged", self.tools_list_changed),
            ("promptsListChanged", self.prompts_list_changed),
            ("resourcesListChanged", self.resources_list_changed),
        ];
        for (name, _) in flags.into_iter().filter(|(_, wanted)| *wanted) {
            wanted.set(name, RawJson::from_boolean(true));
        }
        let lists = [("resourceSubscriptions", &self.resource_subscriptions), ("taskIds", &self.task_ids)];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            wanted.set(name, RawJson::from_strings(list));
        }
        wanted.to_raw()
    }
}

impl Change {
    /// What a notification tells; `None` for one that no stream of `subscriptions/listen` carries, or that does not say of what.
    #[must_use]
    pub fn of(notification: &Notification) -> Option<Self> {
        let text = |member: &str, most: usize| {
            let text = notification.params.as_ref()?.get(member)?.string()?;
            (1..=most).contains(&text.len()).then(|| text.into_owned())
        };
        match notification.method.as_str() {
            TOOLS_LIST_CHANGED => Some(Self::Tools),
            PROMPTS_LIST_CHANGED => Some(Self::Prompts),
            RESOURCES_LIST_CHANGED => Some(Self::Resources),
            RESOURCE_UPDATED => Some(Self::Resource(text("uri", MAX_URI_BYTES)?)),
            task::NOTIFICATION => Some(Self::Task(text("taskId", task::MAX_ID_BYTES)?)),
            _ => None,
        }
    }
}

/// The acknowledgement of the subscription `id`: `honoured` is what will be told.
#[must_use]
pub fn acknowledgement(id: &RequestId, honoured: &Filter) -> Bytes {
    let mut params = Members::new();
    params.set("notifications", honoured.to_raw());
    params.set(META, meta(id));
    json_rpc::notification(ACKNOWLEDGED, &params)
}

/// An origin's notification as one of the subscription `id`; every other byte of its params is the origin's.
///
/// # Errors
///
/// [`RawJsonError`] when `_meta` is not an object in which one id could be set.
pub fn under(id: &RequestId, notification: &Notification) -> Result<Bytes, RawJsonError> {
    let mut params = notification.params.clone().unwrap_or_default();
    let meta = match params.get(META) {
        Some(known) => known.with(&[SUBSCRIPTION_ID], id.as_raw())?,
        None => meta(id),
    };
    params.set(META, meta);
    Ok(json_rpc::notification(&notification.method, &params))
}

/// The result that ends the subscription `id`.
#[must_use]
pub fn ended(id: &RequestId) -> RawJson {
    let mut result = Members::new();
    result.set("resultType", RawJson::from_string("complete"));
    result.set(META, meta(id));
    result.to_raw()
}

fn meta(id: &RequestId) -> RawJson {
    let mut meta = Members::new();
    meta.set(SUBSCRIPTION_ID, id.as_raw().clone());
    meta.to_raw()
}

fn texts(value: &RawJson, most: usize, bytes: usize) -> Option<Vec<String>> {
    if value.kind() != Kind::Array {
        return None;
    }
    let values = value.elements().ok().filter(|values| values.len() <= most)?;
    let text = |value: &RawJson| value.string().filter(|text| (1..=bytes).contains(&text.len())).map(Cow::into_owned);
    values.iter().map(text).collect()
}

#[cfg(test)]
mod tests;
