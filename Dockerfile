# One image for all: the service, Dagster and the command line. Built from a clone:
#   docker build -t sku-align .
FROM python:3.12-slim AS build
WORKDIR /src
RUN pip install --no-cache-dir uv
COPY requirements.lock ./
RUN uv venv /opt/sku-align && uv pip install --compile-bytecode --python /opt/sku-align/bin/python --require-hashes -r requirements.lock
COPY . .
RUN uv pip install --compile-bytecode --python /opt/sku-align/bin/python --no-deps . \
    && cd / && /opt/sku-align/bin/python -c "from sku_align.attributes.families import kind; kind.prepare()"

FROM python:3.12-slim
# libgomp: OpenMP, which faiss and ONNX Runtime run on.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 sku
COPY --from=build /opt/sku-align /opt/sku-align
ENV PATH=/opt/sku-align/bin:$PATH PYTHONUNBUFFERED=1
USER sku
WORKDIR /home/sku
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/ready', timeout=2)"]
ENTRYPOINT ["sku-align"]
CMD ["serve", "--host", "0.0.0.0"]
