"""From a manifest to a site: parameters, papermill, pages, and what a build leaves behind."""
