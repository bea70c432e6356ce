"""The REST API: one blueprint a resource."""
