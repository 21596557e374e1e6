package io.millrace.search.filter;

import io.millrace.index.Fields;
import io.millrace.model.PayloadBytes;
import java.io.IOException;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.StoredFieldVisitor;
import org.apache.lucene.index.StoredFields;

/// Payloads of one segment in rising order of documents. One thread.
final class StoredPayloads extends StoredFieldVisitor {
  private final StoredFields fields;
  private PayloadBytes found = PayloadBytes.EMPTY;

  private StoredPayloads(StoredFields fields) {
    this.fields = fields;
  }

  /// Documents are compressed in blocks. A reader made for merging keeps the block it has opened,
  /// so neighbours cost one decompression together.
  static StoredPayloads of(LeafReader reader) throws IOException {
    if (FilterLeafReader.unwrap(reader) instanceof CodecReader codec) {
      return new StoredPayloads(codec.getFieldsReader().getMergeInstance());
    }
    return new StoredPayloads(reader.storedFields());
  }

  PayloadBytes payload(int doc) throws IOException {
    found = PayloadBytes.EMPTY;
    fields.document(doc, this);
    return found;
  }

  @Override
  public Status needsField(FieldInfo field) {
    return field.name.equals(Fields.PAYLOAD) ? Status.YES : Status.NO;
  }

  @Override
  public void binaryField(FieldInfo field, byte[] value) {
    found = new PayloadBytes(value);
  }
}
