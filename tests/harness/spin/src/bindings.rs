//! The Spin interfaces of `wit/host.wit` as Rust traits.

wasmtime::component::bindgen!({
    path: "wit",
    world: "weir:spin-test-host/host",
    imports: { default: async | trappable },
    with: {
        "spin:key-value/key-value.store": crate::imports::key_value::Store,
        "spin:redis/redis.connection": ::redis::aio::MultiplexedConnection,
        "spin:sqlite/sqlite.connection": crate::database::Connection,
    },
});

pub use self::spin::*;
