# One image for web, worker, beat and migrations; docker-compose.yml says which is which.
FROM python:3.13-slim AS packages

COPY requirements/uv.txt requirements/app.txt /locks/
RUN pip install --no-cache-dir --require-hashes --no-deps -r /locks/uv.txt \
    && python -m venv --without-pip /venv \
    && uv pip sync --python /venv/bin/python --require-hashes --compile-bytecode /locks/app.txt

FROM python:3.13-slim

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    STATIC_ROOT=/srv/static \
    FILES_ROOT=/srv/files

RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin countinghouse \
    && mkdir -p /srv/app /srv/static /srv/files \
    && chown countinghouse /srv/files

COPY --from=packages /venv /venv
COPY . /srv/app
WORKDIR /srv/app

# Collecting needs settings but no server; what is given here is not kept in the image's environment.
RUN SECRET_KEY=unused SITE_URL=https://unused.invalid ALLOWED_HOSTS=unused.invalid \
    DATABASE_URL=postgresql://unused REDIS_URL=redis://unused \
    python manage.py collectstatic --noinput --verbosity 0

USER countinghouse
EXPOSE 8000
CMD ["gunicorn", "-c", "config/deploy/gunicorn.py", "config.wsgi"]
