import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PrometheusMetrics

/// `GET /metrics`.
struct MetricsRoute {
    let parts: APIParts
    let metrics: ServiceMetrics
    /// Of the engine, which keeps it when the settings change.
    let queueLimit: Int

    func add(to group: RouterGroup<APIContext>) {
        group.get("metrics") { request, _ in
            try Query(request).requireNothingElse()
            let text = await metrics.text(of: parts, queueLimit: queueLimit)
            return Response(
                status: .ok, headers: [.contentType: PrometheusRecorder.contentType],
                body: ResponseBody(byteBuffer: NIOCore.ByteBuffer(string: text)))
        }
    }
}
