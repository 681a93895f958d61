//! JSON responses that may be too long to be held: read to the end, or until they exceed the limit.

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};

use mcp::json_rpc::RequestId;

use super::response::{WholeResponse, response_to};
use crate::Limits;
use crate::error::Fault;
use ports::FetchError;

/// A long response that has begun to arrive.
pub(crate) struct Long<B> {
    /// The chunks that were read.
    pub(crate) begun: Vec<Bytes>,
    /// The rest of the body.
    pub(crate) rest: B,
}

/// The body of a JSON answer.
pub(super) enum Begun<B> {
    /// All of it.
    Whole(WholeResponse),
    /// More than is held.
    Long(Long<B>),
}

/// Reads the answer to the request `id` to its end, or until it is known to be longer than [`Limits::HELD_BYTES`].
pub(super) async fn begin<B>(mut chunks: B, id: &RequestId) -> Result<Begun<B>, Fault>
where
    B: Stream<Item = Result<Bytes, FetchError>> + Unpin,
{
    let (mut read, mut bytes) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await.transpose()? {
        bytes += chunk.len();
        read.push(chunk);
        if bytes > Limits::HELD_BYTES {
            return Ok(Begun::Long(Long { begun: read, rest: chunks }));
        }
    }
    Ok(Begun::Whole(response_to(id, joined(read, bytes))?))
}

/// One chunk is by far the most common body, and then nothing is copied.
fn joined(mut chunks: Vec<Bytes>, bytes: usize) -> Bytes {
    if chunks.len() == 1 {
        return chunks.swap_remove(0);
    }
    let mut whole = BytesMut::with_capacity(bytes);
    for chunk in chunks {
        whole.extend_from_slice(&chunk);
    }
    whole.freeze()
}
