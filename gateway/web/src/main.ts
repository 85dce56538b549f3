import '@fontsource-variable/figtree/index.css';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { words } from './i18n';

document.documentElement.lang = words.language;
document.documentElement.dir = words.direction;

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
mount(App, { target });
