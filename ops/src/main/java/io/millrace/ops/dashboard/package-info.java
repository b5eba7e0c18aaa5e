/** The live page, status and event routes of the running process. */
@NullMarked
package io.millrace.ops.dashboard;

import org.jspecify.annotations.NullMarked;
