/** Floodgate, held to the contract. */
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { contract } from './contract.js'

contract(floodgate)
