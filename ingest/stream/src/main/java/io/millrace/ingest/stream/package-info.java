/** What is on the topics: their names, record keys and headers, and how a topic is read. */
@NullMarked
package io.millrace.ingest.stream;

import org.jspecify.annotations.NullMarked;
