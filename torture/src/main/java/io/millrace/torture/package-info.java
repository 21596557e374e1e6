/// Tortures a packed server from outside and says whether it kept its promises. Start at [Main];
/// the list of trials is in [Plan].
///
/// - **Lives here:** the commands, the trials (when what is started, killed and looked at), the
///   result files.
/// - **May call in:** nobody; it is the top.
/// - **Never here:** anything of the server's own code.
@NullMarked
package io.millrace.torture;

import org.jspecify.annotations.NullMarked;
