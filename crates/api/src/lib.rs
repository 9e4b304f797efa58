//! HTTP routes, server-sent events, pages and metrics text over the ledger and the daemon.
