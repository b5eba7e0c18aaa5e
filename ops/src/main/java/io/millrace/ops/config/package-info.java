/** The configuration of a process: its records, the YAML over them, and the errors of both. */
@NullMarked
package io.millrace.ops.config;

import org.jspecify.annotations.NullMarked;
