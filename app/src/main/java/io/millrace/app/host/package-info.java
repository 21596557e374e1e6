/// What the machine around a server is told and asks: readiness and life for a service manager,
/// health for containers, metrics and probes on a port of their own, traces. Start at
/// [ServiceNotices].
///
/// - **Lives here:** the notify protocol of systemd, the operator's port, sending traces, and what
///   is odd about the machine ([MachineNotes]).
/// - **May call in:** `app` and `app.command`.
/// - **Never here:** collections, sources, requests of clients.
@NullMarked
package io.millrace.app.host;

import org.jspecify.annotations.NullMarked;
