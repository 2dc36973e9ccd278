import Hummingbird

/// `GET /openapi.json`: what the service offers, in OpenAPI's words.
struct DescriptionRoute {
    /// `docs/openapi.yaml` as JSON; `scripts/openapi` makes it.
    static let document = PackageResources.openapi_json

    func add(to group: RouterGroup<APIContext>) {
        group.get("openapi.json") { request, _ in
            try Query(request).requireNothingElse()
            return Response(json: Self.document)
        }
    }
}
