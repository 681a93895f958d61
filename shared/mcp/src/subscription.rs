//! `subscriptions/listen` (MCP 2026-07-28, subscriptions): the filter of a subscription and the messages on its stream.
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

/// The key in `_meta` of every message on the stream: the id of the `subscriptions/listen` request that opened it.
pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
/// The first notification on the stream, with the part of the filter that the server honours.
pub const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
/// The notification that the list of tools has changed.
pub const TOOLS_LIST_CHANGED: &str = "notifications/tools/list_changed";
/// The notification that the list of prompts has changed.
pub const PROMPTS_LIST_CHANGED: &str = "notifications/prompts/list_changed";
/// The notification that the list of resources has changed.
pub const RESOURCES_LIST_CHANGED: &str = "notifications/resources/list_changed";
/// The notification that one resource has changed: `{"uri":…}`.
pub const RESOURCE_UPDATED: &str = "notifications/resources/updated";

/// The maximum number of resources in one subscription.
pub const MAX_RESOURCES: usize = 256;
/// The maximum number of tasks in one subscription.
pub const MAX_TASKS: usize = 64;

/// The notifications that a client requests; a server sends no others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `toolsListChanged`: requests [`TOOLS_LIST_CHANGED`].
    pub tools_list_changed: bool,
    /// `promptsListChanged`: requests [`PROMPTS_LIST_CHANGED`].
    pub prompts_list_changed: bool,
    /// `resourcesListChanged`: requests [`RESOURCES_LIST_CHANGED`].
    pub resources_list_changed: bool,
    /// `resourceSubscriptions`: requests [`RESOURCE_UPDATED`] of at most [`MAX_RESOURCES`] URIs.
    pub resource_subscriptions: Vec<String>,
    /// `taskIds` of the tasks extension: requests [`task::NOTIFICATION`] of at most [`MAX_TASKS`] tasks.
    pub task_ids: Vec<String>,
}

/// The subject of one notification of an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The list of tools: [`TOOLS_LIST_CHANGED`].
    Tools,
    /// The list of prompts: [`PROMPTS_LIST_CHANGED`].
    Prompts,
    /// The list of resources: [`RESOURCES_LIST_CHANGED`].
    Resources,
    /// The resource with this URI: [`RESOURCE_UPDATED`].
    Resource(String),
    /// The task with this id: [`task::NOTIFICATION`].
    Task(String),
}

impl Filter {
    /// Reads `params.notifications` of a request or of an acknowledgement; ignores unknown members.
    ///
    /// # Errors
    ///
    /// [`ParamsError`] if it is missing, malformed, or exceeds [`MAX_RESOURCES`] or [`MAX_TASKS`].
    pub fn parse(params: Option<&Members>) -> Result<Self, ParamsError> {
        let error =
            ParamsError::new("notifications", "an object with the requested notifications", "notifications_malformed");
        let requested = params.and_then(|params| params.get("notifications")).and_then(|raw| raw.members().ok());
        let requested = requested.ok_or(error)?;
        let given = |name: &str| requested.get(name).filter(|value| value.kind() != Kind::Null);
        let flag = |name: &str| match given(name) {
            None => Ok(false),
            Some(value) => value.boolean().ok_or(error),
        };
        let texts = |name: &str, most: usize, bytes: usize| match given(name) {
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

    /// True if no notification is requested.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True if notifications of this change are requested.
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

    /// Returns the value of `params.notifications`.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut notifications = Members::new();
        let flags = [
            ("toolsListChanged", self.tools_list_changed),
            ("promptsListChanged", self.prompts_list_changed),
            ("resourcesListChanged", self.resources_list_changed),
        ];
        for (name, _) in flags.into_iter().filter(|(_, requested)| *requested) {
            notifications.set(name, RawJson::from_boolean(true));
        }
        let lists = [("resourceSubscriptions", &self.resource_subscriptions), ("taskIds", &self.task_ids)];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            notifications.set(name, RawJson::from_strings(list));
        }
        notifications.to_raw()
    }
}

impl Change {
    /// Returns the subject of a notification; `None` if the stream does not carry its method, or its URI or task id is
    /// malformed.
    #[must_use]
    pub fn of(notification: &Notification) -> Option<Self> {
        let text = |member: &str, max_bytes: usize| {
            let text = notification.params.as_ref()?.get(member)?.string()?;
            (1..=max_bytes).contains(&text.len()).then(|| text.into_owned())
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

/// Writes the acknowledgement of the subscription `id`; `honoured` is the part of its filter that the server honours.
#[must_use]
pub fn acknowledgement(id: &RequestId, honoured: &Filter) -> Bytes {
    let mut params = Members::new();
    params.set("notifications", honoured.to_raw());
    params.set(META, meta(id));
    json_rpc::notification(ACKNOWLEDGED, &params)
}

/// Writes an origin's notification as one of the subscription `id`; every other byte of its params is the origin's.
///
/// # Errors
///
/// [`RawJsonError`] if `_meta` is not an object, or has the key twice.
pub fn with_subscription_id(id: &RequestId, notification: &Notification) -> Result<Bytes, RawJsonError> {
    let mut params = notification.params.clone().unwrap_or_default();
    let meta = match params.get(META) {
        Some(meta) => meta.with(&[SUBSCRIPTION_ID], id.as_raw())?,
        None => meta(id),
    };
    params.set(META, meta);
    Ok(json_rpc::notification(&notification.method, &params))
}

/// Returns the result of the request `id`, which ends the subscription.
#[must_use]
pub fn final_result(id: &RequestId) -> RawJson {
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
