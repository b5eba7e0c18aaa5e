/** How threads are made, in every module. */
@NullMarked
package io.millrace.ingest.threads;

import org.jspecify.annotations.NullMarked;
