//! JSON answers that are too long to be held: read as far as it takes to know that, the rest is still to come.

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Chain, Iter};
use futures_util::{Stream, StreamExt};

use crate::Limits;
use crate::error::Fault;
use crate::ports::FetchError;

/// A long answer, from its first byte on.
pub(crate) type Long<B> = Chain<Iter<std::vec::IntoIter<Result<Bytes, FetchError>>>, B>;

/// The body of a JSON answer.
pub(super) enum Begun<B> {
    /// All of it.
    Whole(Bytes),
    /// More than is held.
    Long(Long<B>),
}

/// Reads a body to its end, or until it is known to be longer than [`Limits::HELD_BYTES`].
pub(super) async fn begin<B>(mut chunks: B) -> Result<Begun<B>, Fault>
where
    B: Stream<Item = Result<Bytes, FetchError>> + Unpin,
{
    let (mut read, mut bytes) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await.transpose()? {
        bytes += chunk.len();
        read.push(chunk);
        if bytes > Limits::HELD_BYTES {
            let read: Vec<_> = read.into_iter().map(Ok).collect();
            return Ok(Begun::Long(stream::iter(read).chain(chunks)));
        }
    }
    // One chunk is by far the most common body, and then nothing is copied.
    if read.len() == 1 {
        return Ok(Begun::Whole(read.swap_remove(0)));
    }
    let mut whole = BytesMut::with_capacity(bytes);
    for chunk in read {
        whole.extend_from_slice(&chunk);
    }
    Ok(Begun::Whole(whole.freeze()))
}
