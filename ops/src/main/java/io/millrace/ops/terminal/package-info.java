/** What a terminal shows and takes: lines, tables, numbers, failures, logs, signals. */
@NullMarked
package io.millrace.ops.terminal;

import org.jspecify.annotations.NullMarked;
