/// Who may do what. Start at [Gatekeeper].
///
/// - **Lives here:** keys, the right each route asks for, the answers to those without it.
/// - **May call in:** `http`, `audit`.
/// - **Never here:** what a route does.
@NullMarked
package io.millrace.api.auth;

import org.jspecify.annotations.NullMarked;
