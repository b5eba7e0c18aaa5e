package io.millrace.ingest.topology;

import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last net under the topology: a raw record that a processor failed on goes to images.rejected
 * and the stream goes on. What fails elsewhere, as in the statistics, is no fault of an image: its
 * thread dies and another begins again at the last commit.
 */
public final class RejectUnprocessable implements ProcessingExceptionHandler {
  static final String RAW = "millrace.images.raw";
  static final String REJECTED = "millrace.images.rejected";

  private static final Logger log = LoggerFactory.getLogger(RejectUnprocessable.class);

  private String raw = "";
  private String rejected = "";

  @Override
  public void configure(Map<String, ?> configs) {
    raw = String.valueOf(configs.get(RAW));
    rejected = String.valueOf(configs.get(REJECTED));
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, Record<?, ?> record, Exception exception) {
    String place =
        "%s-%d at offset %d".formatted(context.topic(), context.partition(), context.offset());
    if (!raw.equals(context.topic()) || context.sourceRawValue() == null) {
      log.error("{} failed on {}", context.processorNodeId(), place, exception);
      return Response.fail();
    }
    log.warn("{} failed on {}: rejected", context.processorNodeId(), place, exception);
    Headers headers = new RecordHeaders(context.headers());
    HeaderText.set(headers, ImageHeaders.REASON, RejectionReason.CORRUPT.name());
    HeaderText.set(
        headers, ImageHeaders.DETAIL, context.processorNodeId() + " failed: " + exception);
    HeaderText.set(headers, ImageHeaders.ORIGIN_TOPIC, context.topic());
    HeaderText.set(headers, ImageHeaders.ORIGIN_PARTITION, String.valueOf(context.partition()));
    HeaderText.set(headers, ImageHeaders.ORIGIN_OFFSET, String.valueOf(context.offset()));
    return Response.resume(
        List.of(
            new ProducerRecord<>(
                rejected,
                null,
                context.timestamp(),
                context.sourceRawKey(),
                context.sourceRawValue(),
                headers)));
  }
}
