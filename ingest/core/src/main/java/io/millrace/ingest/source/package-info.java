/** Where images come from, and the publisher. */
@NullMarked
package io.millrace.ingest.source;

import org.jspecify.annotations.NullMarked;
