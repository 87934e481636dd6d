/** The signed IOU, held to the contract. */
import { contract } from './contract.js'
import { iou } from './iou/iou.js'

contract(iou)
