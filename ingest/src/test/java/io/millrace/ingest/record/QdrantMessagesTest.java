package io.millrace.ingest.record;

import static io.millrace.ingest.record.Decoding.operations;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.record.wire.Qdrant;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Qdrant's own messages as values of records.
class QdrantMessagesTest {
  private static final PointId ONE = PointId.of(1);
  private static final Qdrant.PointId WIRE_ONE = Qdrant.PointId.newBuilder().setNum(1).build();

  @Test
  void an_upsert_by_its_bytes() {
    // collection_name "c"; one point: id.num 1, payload {"a": 5}, vectors.vector.dense [1.0]
    byte[] bytes =
        HexFormat.of()
            .parseHex("0a01631a1a0a020801" + "1a070a016112021805" + "220b0a09aa06060a040000803f");
    assertThat(decode("UpsertPoints", bytes))
        .isEqualTo(
            operations(
                "c",
                new Operation.Upsert(
                    List.of(
                        new Point(
                            ONE,
                            Map.of("", new VectorValue.Dense(new float[] {1})),
                            PayloadBytes.of("{\"a\":5}"))))));
  }

  @Test
  void old_flat_vectors_and_new_kinds() {
    assertThat(vector(Qdrant.Vector.newBuilder().addData(1).addData(2)))
        .isEqualTo(new VectorValue.Dense(new float[] {1, 2}));
    assertThat(vector(Qdrant.Vector.newBuilder().addData(1).addData(2).setVectorsCount(2)))
        .isEqualTo(new VectorValue.Multi(1, new float[] {1, 2}));
    assertThat(
            vector(
                Qdrant.Vector.newBuilder()
                    .setSparse(
                        Qdrant.SparseVector.newBuilder()
                            .addIndices(9)
                            .addIndices(3)
                            .addValues(1)
                            .addValues(2))))
        .isEqualTo(new VectorValue.Sparse(new int[] {3, 9}, new float[] {2, 1}));
  }

  @Test
  void batches_are_all_or_nothing_and_may_select_by_filters() {
    Qdrant.PointsSelector ids =
        Qdrant.PointsSelector.newBuilder()
            .setPoints(Qdrant.PointsIdsList.newBuilder().addIds(WIRE_ONE))
            .build();
    Qdrant.UpdateBatchPoints.Builder batch =
        Qdrant.UpdateBatchPoints.newBuilder()
            .setCollectionName("c")
            .addOperations(
                Qdrant.PointsUpdateOperation.newBuilder()
                    .setDeletePoints(
                        Qdrant.PointsUpdateOperation.Selected.newBuilder().setPoints(ids)))
            .addOperations(
                Qdrant.PointsUpdateOperation.newBuilder()
                    .setClearPayload(
                        Qdrant.PointsUpdateOperation.Selected.newBuilder().setPoints(ids)));
    Selection one = new Selection.Ids(List.of(ONE));
    assertThat(decode("UpdateBatchPoints", batch.build()))
        .isEqualTo(operations("c", new Operation.Delete(one), new Operation.ClearPayload(one)));

    Qdrant.DeletePoints filtered =
        Qdrant.DeletePoints.newBuilder()
            .setPoints(
                Qdrant.PointsSelector.newBuilder().setFilter(Qdrant.Filter.getDefaultInstance()))
            .build();
    assertThat(decode("DeletePoints", filtered))
        .isEqualTo(operations("c", new Operation.Delete(new Selection.Matching(Decoding.FILTER))));
    Qdrant.UpsertPoints guarded =
        Qdrant.UpsertPoints.newBuilder()
            .addPoints(Qdrant.PointStruct.newBuilder().setId(WIRE_ONE))
            .setUpdateFilter(Qdrant.Filter.getDefaultInstance())
            .build();
    assertThat(decode("UpsertPoints", guarded))
        .isEqualTo(
            operations(
                "c",
                new Operation.Upsert(
                    List.of(new Point(ONE, Map.of(), PayloadBytes.EMPTY)),
                    new Operation.Precondition(
                        Operation.Precondition.Mode.UPSERT, Optional.of(Decoding.FILTER)))));
    assertThat(code(decode("UpsertPoints", new byte[] {1, 2, 3}))).isEqualTo("SCHEMA_DECODE");
    assertThat(code(decode("Nonsense", new byte[0]))).isEqualTo("TOMBSTONE_NO_ID");
    assertThat(code(decode("Nonsense", new byte[] {8, 1}))).isEqualTo("SCHEMA_DECODE");
  }

  private static VectorValue vector(Qdrant.Vector.Builder vector) {
    Decoded decoded =
        decode(
            "PointStruct",
            Qdrant.PointStruct.newBuilder()
                .setId(WIRE_ONE)
                .setVectors(Qdrant.Vectors.newBuilder().setVector(vector))
                .build());
    Operation.Upsert upsert =
        (Operation.Upsert) ((Decoded.Operations) decoded).operations().getFirst();
    return Optional.ofNullable(upsert.points().getFirst().vectors().get("")).orElseThrow();
  }

  private static String code(Decoded decoded) {
    return decoded instanceof Decoded.Bad bad ? bad.code().name() : "no fault";
  }

  private static Decoded decode(String message, MessageLite value) {
    return decode(message, value.toByteArray());
  }

  private static Decoded decode(String message, byte[] value) {
    return Decoding.decode(
        Binding.to("c"),
        new RawRecord(
            1,
            0,
            null,
            value,
            List.of(
                new RawRecord.Header(
                    "content-type",
                    ("application/x-protobuf;messageType=qdrant." + message)
                        .getBytes(StandardCharsets.UTF_8)))));
  }
}
