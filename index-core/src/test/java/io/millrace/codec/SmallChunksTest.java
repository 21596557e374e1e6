package io.millrace.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.StoredFieldsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;

class SmallChunksTest {
  /// How segments were written before there was a format of our own.
  private static final Codec BEFORE = codec(new Lucene104Codec().storedFieldsFormat());

  private static final Codec LARGER =
      codec(new SmallChunks(new Lucene104Codec().storedFieldsFormat(), 8 << 10));

  private final SplittableRandom random = new SplittableRandom(7);
  private final Map<String, byte[]> written = new HashMap<>();

  @Test
  void segments_written_before_are_read_and_merged_with_new_ones() throws IOException {
    try (Directory directory = new ByteBuffersDirectory()) {
      write(directory, BEFORE, "old", false);
      check(directory, 1);
      write(directory, LARGER, "larger", false);
      check(directory, 2);
      write(directory, new MillraceCodec(), "new", false);
      check(directory, 3);
      write(directory, new MillraceCodec(), "last", true);
      check(directory, 1);
    }
  }

  private static Codec codec(StoredFieldsFormat stored) {
    return new FilterCodec(MillraceCodec.NAME, new MillraceCodec()) {
      @Override
      public StoredFieldsFormat storedFieldsFormat() {
        return stored;
      }
    };
  }

  private void write(Directory directory, Codec codec, String prefix, boolean merges)
      throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig().setCodec(codec))) {
      for (int i = 0; i < 500; i++) {
        byte[] payload = payload();
        String id = prefix + i;
        written.put(id, payload);
        Document document = new Document();
        document.add(new StringField("id", id, Field.Store.YES));
        document.add(new StoredField("payload", new BytesRef(payload)));
        writer.addDocument(document);
      }
      if (merges) {
        writer.forceMerge(1);
      }
    }
  }

  /// Mostly a few words; some empty, one in fifty larger than a chunk.
  private byte[] payload() {
    int words = random.nextInt(50) == 0 ? 4_000 : random.nextInt(30);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append("word").append(random.nextInt(1_000)).append(' ');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void check(Directory directory, int segments) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      assertThat(reader.leaves()).hasSize(segments);
      Map<String, byte[]> read = new HashMap<>();
      for (LeafReaderContext leaf : reader.leaves()) {
        for (int doc = leaf.reader().maxDoc() - 1; doc >= 0; doc--) {
          Document stored = leaf.reader().storedFields().document(doc);
          BytesRef payload = stored.getBinaryValue("payload");
          read.put(
              stored.get("id"),
              java.util.Arrays.copyOfRange(
                  payload.bytes, payload.offset, payload.offset + payload.length));
        }
      }
      assertThat(read).containsOnlyKeys(written.keySet());
      written.forEach((id, payload) -> assertThat(read.get(id)).as(id).isEqualTo(payload));
    }
  }
}
