/** The command line, and the only place where rooms are wired to one another. */
@NullMarked
package io.millrace.ops.app;

import org.jspecify.annotations.NullMarked;
