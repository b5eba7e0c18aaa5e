/** The command line: one class a command, and the demo. */
@NullMarked
package io.millrace.ops.cli;

import org.jspecify.annotations.NullMarked;
